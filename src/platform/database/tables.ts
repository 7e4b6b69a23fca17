import { Table, TableColumn, TableForeignKey, TableIndex } from 'typeorm';
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

/**
 * Adds those of the columns that are not there, for the same reason; they must be nullable. On SQLite by
 * its own statement: TypeORM would make the table anew, and dropping the old one takes along what refers
 * to it.
 */
export async function addColumns(
  queryRunner: QueryRunner,
  table: string,
  columns: readonly TableColumnOptions[],
): Promise<void> {
  for (const column of columns) {
    if (await queryRunner.hasColumn(table, column.name)) continue;
    if (isSqlite(queryRunner)) {
      const length = column.length === undefined ? '' : `(${column.length})`;
      await queryRunner.query(
        `ALTER TABLE "${table}" ADD COLUMN "${column.name}" ${column.type}${length}`,
      );
    } else {
      await queryRunner.addColumn(table, new TableColumn(column));
    }
  }
}

/** Drops those of the columns that are there. */
export async function dropColumns(
  queryRunner: QueryRunner,
  table: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    if (!(await queryRunner.hasColumn(table, name))) continue;
    if (isSqlite(queryRunner)) {
      await queryRunner.query(`ALTER TABLE "${table}" DROP COLUMN "${name}"`);
    } else {
      await queryRunner.dropColumn(table, name);
    }
  }
}

function isSqlite({ dataSource }: QueryRunner): boolean {
  return dataSource.options.type === 'better-sqlite3';
}
