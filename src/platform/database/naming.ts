import { DefaultNamingStrategy } from 'typeorm';

/** Columns are camelCase in code and snake_case in the database; this is the only place that maps them. */
export class SnakeCaseColumns extends DefaultNamingStrategy {
  override columnName(
    propertyName: string,
    customName: string | undefined,
    embeddedPrefixes: string[],
  ): string {
    return super
      .columnName(propertyName, customName ?? '', embeddedPrefixes)
      .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  }
}
