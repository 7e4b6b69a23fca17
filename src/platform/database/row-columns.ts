import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { Database } from './database.js';

type Transform = (value: unknown) => unknown;
interface ReadColumn {
  readonly property: string;
  /** Its name in a row. */
  readonly name: string;
  readonly sql: string;
  readonly from: Transform | undefined;
}

/**
 * The columns of an entity for SQL written by hand. TypeORM builds its own anew for each `findOneBy`, which
 * costs more than the statement; the entity stays the one description of the table.
 */
export class RowColumns<T extends ObjectLiteral> {
  private known: { readonly columns: readonly ReadColumn[]; readonly sql: string } | undefined;

  /** @param alias the name of the table in the statement. */
  constructor(
    private readonly database: Database,
    private readonly entity: EntityTarget<T>,
    private readonly alias: string,
  ) {}

  /** `alias.column AS alias_property, ...` */
  get sql(): string {
    return this.described().sql;
  }

  /** The entity in a row that has these columns, and perhaps others. */
  read(row: object): T {
    const values = row as Readonly<Record<string, unknown>>; // whatever was selected
    const entity: Record<string, unknown> = {};
    for (const { property, name, from } of this.described().columns) {
      entity[property] = from === undefined ? values[name] : from(values[name]);
    }
    return entity as T; // each of its columns is read
  }

  /** Once: TypeORM knows the columns only when the data source is initialized. */
  private described() {
    if (this.known === undefined) {
      const { columns } = this.database.dataSource.getMetadata(this.entity);
      const read = columns.filter(({ isSelect }) => isSelect).map((column) => this.column(column));
      this.known = { columns: read, sql: read.map(({ sql }) => sql).join(', ') };
    }
    return this.known;
  }

  private column({ propertyName, databaseName, transformer }: ColumnMetadata): ReadColumn {
    const name = `${this.alias}_${propertyName}`;
    const sql = `${this.alias}.${databaseName} AS ${name}`;
    return { property: propertyName, name, sql, from: readerOf(transformer) };
  }
}

/** Our columns have one transformer at most (columns.ts). */
function readerOf(transformer: ColumnMetadata['transformer']): Transform | undefined {
  return transformer === undefined || Array.isArray(transformer)
    ? undefined
    : (value) => transformer.from(value) as unknown;
}
