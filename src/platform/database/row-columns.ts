import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { AppDataSource } from './data-source.js';

type Transform = (value: unknown) => unknown;
interface ReadColumn {
  readonly property: string;
  readonly from: Transform | undefined;
}

/**
 * The columns of an entity for SQL written by hand. TypeORM builds its own anew for each `findOneBy`, which
 * costs more than the statement; the entity stays the one description of the table.
 */
export class RowColumns<T extends ObjectLiteral> {
  /** `alias.column AS property, ...` */
  readonly sql: string;
  private readonly columns: readonly ReadColumn[];

  constructor(dataSource: AppDataSource, entity: EntityTarget<T>, alias: string) {
    const { columns } = dataSource.getMetadata(entity);
    this.sql = columns
      .map(({ databaseName, propertyName }) => `${alias}.${databaseName} AS ${propertyName}`)
      .join(', ');
    this.columns = columns.map(({ propertyName, transformer }) => ({
      property: propertyName,
      from: readerOf(transformer),
    }));
  }

  /** The entity in a row that has these columns, and perhaps others. */
  read(row: Readonly<Record<string, unknown>>): T {
    const entity: Record<string, unknown> = {};
    for (const { property, from } of this.columns) {
      entity[property] = from === undefined ? row[property] : from(row[property]);
    }
    return entity as T; // each of its columns is read
  }
}

/** Our columns have one transformer at most (columns.ts). */
function readerOf(transformer: ColumnMetadata['transformer']): Transform | undefined {
  return transformer === undefined || Array.isArray(transformer)
    ? undefined
    : (value) => transformer.from(value) as unknown;
}
