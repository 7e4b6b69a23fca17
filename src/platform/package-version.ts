import { existsSync, readFileSync } from 'node:fs';

/** The version in the package.json above this file; compiled, that is one folder further up. */
export function packageVersion(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const file = new URL('package.json', folder);
    if (existsSync(file)) {
      const manifest = JSON.parse(readFileSync(file, 'utf8')) as { version: string }; // npm demands it
      return manifest.version;
    }
    if (folder.pathname === '/') throw new Error('There is no package.json above this file');
  }
}
