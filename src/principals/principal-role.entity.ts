import { Entity, ForeignKey, Index } from 'typeorm';
import { TextKey } from '../platform/database/columns.js';

/** A role that a principal has. */
@Entity('principal_roles')
@Index('ix_principal_roles_role', ['roleName'])
export class PrincipalRole {
  @TextKey()
  @ForeignKey('PrincipalRecord', { name: 'fk_principal_roles_principal', onDelete: 'CASCADE' })
  readonly principalId!: string;

  @TextKey(48)
  @ForeignKey('Role', { name: 'fk_principal_roles_role', onDelete: 'CASCADE' })
  readonly roleName!: string;
}
