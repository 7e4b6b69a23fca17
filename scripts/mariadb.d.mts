export function findProgram(...names: string[]): string | undefined;
export function hasMariadb(): boolean;
export function installMariadb(folder: string): string[];
