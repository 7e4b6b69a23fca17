import { Entity, ForeignKey, Index } from 'typeorm';
import { Instant, Json, Text, TextKey } from '../platform/database/columns.js';

/** Some of a resource's actions, for one principal or for everyone with a role, with an optional end. */
@Entity('resource_grants')
@Index('ix_resource_grants_resource', ['resourceId', 'createdAt', 'id'])
@Index('ix_resource_grants_principal', ['principalId'])
@Index('ix_resource_grants_role', ['roleName'])
export class Grant {
  @TextKey() readonly id!: string;

  @Text(36)
  @ForeignKey('Resource', { name: 'fk_resource_grants_resource', onDelete: 'CASCADE' })
  readonly resourceId!: string;

  /** Exactly one of `principalId` and `roleName` is set. */
  @Text(36, { nullable: true })
  @ForeignKey('PrincipalRecord', { name: 'fk_resource_grants_principal', onDelete: 'CASCADE' })
  readonly principalId!: string | null;

  @Text(48, { nullable: true })
  @ForeignKey('Role', { name: 'fk_resource_grants_role', onDelete: 'CASCADE' })
  readonly roleName!: string | null;

  @Json() readonly actions!: readonly string[];
  /** Null: no end. */
  @Instant({ nullable: true }) readonly endsAt!: number | null;
  @Text(36, { nullable: true }) readonly createdBy!: string | null;
  @Instant() readonly createdAt!: number;
}
