import { Column, PrimaryColumn } from 'typeorm';
import type { ColumnOptions, QueryRunner, TableColumnOptions, ValueTransformer } from 'typeorm';
import { AppDataSource } from './data-source.js';

/**
 * The few kinds of column that Signet's tables are made of, for entities (decorators) and for
 * migrations (`migrationColumns`), so that the two describe the same thing on each database.
 *
 * Text is compared byte for byte: `AppDataSource` gives every text column a binary collation.
 * Instants are whole milliseconds since the epoch in a BIGINT: exact, ordered, and without the time
 * zones and precisions in which SQLite, MariaDB and their drivers differ.
 */

/** BIGINT arrives as a string from mysql2 and as a number from better-sqlite3. */
const wholeNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: unknown) => (typeof value === 'string' ? Number(value) : value),
};

const json: ValueTransformer = {
  to: (value: unknown) => (value === null || value === undefined ? value : JSON.stringify(value)),
  from: (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : value),
};

type Options = Pick<ColumnOptions, 'nullable'>;

/** A primary key of up to `length` characters. */
export const TextKey = (length = 36) => PrimaryColumn({ type: 'varchar', length });
/** A primary key that is a whole number, assigned by the application. */
export const NumberKey = () => PrimaryColumn({ type: 'bigint', transformer: wholeNumber });
/** Text of up to `length` characters, compared byte for byte. */
export const Text = (length: number, options: Options = {}) =>
  Column({ type: 'varchar', length, ...options });
/** Text without a useful limit of its own; the application limits it. */
export const LongText = (options: Options = {}) => Column({ type: 'text', ...options });
/** A value stored as JSON text. */
export const Json = (options: Options = {}) =>
  Column({ type: 'text', transformer: json, ...options });
/** A 32-bit whole number. */
export const Integer = (options: Options = {}) => Column({ type: 'integer', ...options });
/** A whole number above 32 bits, up to 2^53. */
export const BigInteger = (options: Options = {}) =>
  Column({ type: 'bigint', transformer: wholeNumber, ...options });
/** A moment: milliseconds since the epoch. */
export const Instant = (options: Options = {}) =>
  Column({ type: 'bigint', transformer: wholeNumber, ...options });

/** What `Database.lock` counts in. No part of what is read of the row. */
export const LockCount = () => Column({ type: 'bigint', nullable: true, select: false });

/** The same columns for the Table API of a migration, in the dialect of the database being migrated. */
export function migrationColumns(queryRunner: QueryRunner) {
  const { dataSource } = queryRunner;
  const collation = dataSource instanceof AppDataSource ? dataSource.textCollation : undefined;
  const binary = collation === undefined ? {} : { charset: 'utf8mb4', collation };
  const column = (name: string, rest: Omit<TableColumnOptions, 'name'>): TableColumnOptions => ({
    name,
    isNullable: false,
    ...rest,
  });
  const nullable = (options: TableColumnOptions): TableColumnOptions => ({
    ...options,
    isNullable: true,
  });
  return {
    nullable,
    textKey: (name: string, length = 36) =>
      column(name, { type: 'varchar', length: String(length), isPrimary: true, ...binary }),
    numberKey: (name: string) => column(name, { type: 'bigint', isPrimary: true }),
    text: (name: string, length: number) =>
      column(name, { type: 'varchar', length: String(length), ...binary }),
    longText: (name: string) => column(name, { type: 'text', ...binary }),
    integer: (name: string) => column(name, { type: 'integer' }),
    bigInteger: (name: string) => column(name, { type: 'bigint' }),
    instant: (name: string) => column(name, { type: 'bigint' }),
  };
}
