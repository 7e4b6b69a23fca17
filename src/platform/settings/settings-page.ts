import type { SettingsTable } from './read-settings.js';

/** The settings as Markdown from their declaration: a heading an area, and a table with a row a setting. */
export function settingsPage(areas: Readonly<Record<string, SettingsTable>>): string {
  return Object.entries(areas)
    .map(([area, table]) => `## ${area}\n\n${tableOf(table)}`)
    .join('\n');
}

function tableOf(table: SettingsTable): string {
  const rows = Object.values(table).map((setting) => {
    const fallback = setting.defaultText === undefined ? '' : `\`${setting.defaultText}\``;
    const notes = [
      setting.secret ? 'secret' : '',
      setting.requiredInProduction ? 'required in production' : '',
    ].filter((note) => note !== '');
    return `| \`${setting.name}\` | ${setting.kind} | ${fallback} | ${setting.meaning}${
      notes.length > 0 ? ` *(${notes.join(', ')})*` : ''
    } |`;
  });
  return ['| setting | kind | default | meaning |', '| --- | --- | --- | --- |', ...rows, ''].join(
    '\n',
  );
}
