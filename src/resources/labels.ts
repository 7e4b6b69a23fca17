import type { Resource } from './resource.entity.js';

/** The names of labels. No colons, so that `name:value` has one reading. */
export const LABEL_NAME_PATTERN = /^[a-z][a-z0-9._/-]{0,62}$/;
/** A name, or a name and a value. */
export const LABEL_FILTER_PATTERN = /^[a-z][a-z0-9._/-]{0,62}(?::.*)?$/;
/** Labels that one resource may have. */
export const LABELS_MAX = 20;

export type Labels = Readonly<Record<string, string>>;
export type LabelledResource = Resource & { readonly labels: Labels };

/** Which label a list is narrowed to; without a value, any value is right. */
export interface LabelFilter {
  readonly name: string;
  readonly value?: string;
}

/** Reads `name:value` or `name`; a value may have colons of its own. */
export function parseLabelFilter(text: string): LabelFilter {
  const colon = text.indexOf(':');
  if (colon === -1) return { name: text };
  return { name: text.slice(0, colon), value: text.slice(colon + 1) };
}
