import { ApiProperty } from '@nestjs/swagger';
import { QueryIntegerField, TextField } from './fields.js';
import { InvalidCursor } from './problems.js';

export const PAGE_MAX = 200;
export const PAGE_DEFAULT = 50;

/** The parameters that every list has. */
export class PageQuery {
  @QueryIntegerField({
    description: `Entries on a page; ${PAGE_DEFAULT} when absent.`,
    min: 1,
    max: PAGE_MAX,
    example: 20,
  })
  readonly limit?: number;

  @TextField({ description: 'The `nextCursor` of the page before.', max: 512, optional: true })
  readonly cursor?: string;
}

/** A page of a list. `nextCursor` is null on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** The documented class of a page of `item`. */
export function pageOf<T>(item: new () => T): new () => Page<T> {
  class PageView implements Page<T> {
    @ApiProperty({ type: item, isArray: true, description: 'The entries.' })
    readonly items!: readonly T[];

    @ApiProperty({
      type: String,
      nullable: true,
      description: 'Give it as `cursor` for the next page; null on the last page.',
      example: null,
    })
    readonly nextCursor!: string | null;
  }
  Object.defineProperty(PageView, 'name', { value: `PageOf${item.name}` });
  return PageView;
}

/** The documented class of a whole list that is short enough to need no pages. */
export function ListOf<T>(item: new () => T): new () => { readonly items: readonly T[] } {
  class ListView {
    @ApiProperty({ type: item, isArray: true, description: 'The entries.' })
    readonly items!: readonly T[];
  }
  Object.defineProperty(ListView, 'name', { value: `ListOf${item.name}` });
  return ListView;
}

/** A position in a list that is ordered by a number (mostly an instant) and then by an id. */
export interface Position {
  readonly at: number;
  readonly id: string;
}

/** An opaque cursor for the list called `list`. It grants nothing, so it needs no signature, only a strict reader. */
export function encodeCursor(list: string, position: Position): string {
  return Buffer.from(JSON.stringify([list, position.at, position.id])).toString('base64url');
}

/** @throws InvalidCursor for anything that `encodeCursor` did not make for this list. */
export function decodeCursor(list: string, cursor: string): Position {
  const fields = parse(cursor);
  if (Array.isArray(fields) && fields.length === 3) {
    const [name, at, id] = fields as unknown[];
    if (name === list && Number.isSafeInteger(at) && typeof id === 'string' && id.length <= 64) {
      return { at: at as number, id };
    }
  }
  throw new InvalidCursor();
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined; // not JSON: refused by the caller like every other wrong cursor
  }
}

/** Cuts a page out of `limit + 1` rows; the surplus row only says that there is a next page. */
export function toPage<Row, T>(
  list: string,
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => Position,
  view: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(view),
    nextCursor:
      rows.length > limit && last !== undefined ? encodeCursor(list, positionOf(last)) : null,
  };
}
