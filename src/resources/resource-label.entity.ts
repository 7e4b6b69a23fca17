import { Entity, ForeignKey, Index } from 'typeorm';
import { Text, TextKey } from '../platform/database/columns.js';

export const LABEL_NAME_MAX = 64;
export const LABEL_VALUE_MAX = 128;

/** A label of a resource; a row each, so that lists can be narrowed by an index. */
@Entity('resource_labels')
@Index('ix_resource_labels_value', ['name', 'value', 'resourceId'])
export class ResourceLabel {
  @TextKey()
  @ForeignKey('Resource', { name: 'fk_resource_labels_resource', onDelete: 'CASCADE' })
  readonly resourceId!: string;

  @TextKey(LABEL_NAME_MAX) readonly name!: string;
  @Text(LABEL_VALUE_MAX) readonly value!: string;
}
