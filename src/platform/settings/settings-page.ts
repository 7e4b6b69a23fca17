import type { SettingsTable } from './read-settings.js';

/** The settings as a Markdown table, one row a setting, from their declaration. */
export function settingsPage(table: SettingsTable): string {
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
