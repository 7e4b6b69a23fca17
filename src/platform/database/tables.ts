import { Table, TableForeignKey, TableIndex } from 'typeorm';
import type { QueryRunner, TableColumnOptions } from 'typeorm';

interface TableShape {
  readonly columns: TableColumnOptions[];
  readonly indices?: readonly { name: string; columnNames: string[]; isUnique?: boolean }[];
  readonly foreignKeys?: readonly {
    name: string;
    column: string;
    references: string;
    key: string;
    onDelete: 'CASCADE' | 'SET NULL';
  }[];
}

/**
 * Creates a table for a migration, unless it is there: MariaDB commits each DDL statement by itself,
 * so a migration that was killed half-way is simply run again.
 */
export async function createTable(
  queryRunner: QueryRunner,
  name: string,
  shape: TableShape,
): Promise<void> {
  const { columns, indices = [], foreignKeys = [] } = shape;
  await queryRunner.createTable(
    new Table({
      name,
      columns,
      indices: indices.map((index) => new TableIndex(index)),
      foreignKeys: foreignKeys.map(
        ({ name: constraint, column, references, key, onDelete }) =>
          new TableForeignKey({
            name: constraint,
            columnNames: [column],
            referencedTableName: references,
            referencedColumnNames: [key],
            onDelete,
            onUpdate: 'NO ACTION',
          }),
      ),
    }),
    true,
  );
}

/** Drops tables in the given order, which must be that of their references. */
export async function dropTables(
  queryRunner: QueryRunner,
  names: readonly string[],
): Promise<void> {
  for (const name of names) await queryRunner.dropTable(name, true);
}
