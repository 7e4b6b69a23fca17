/** The parts of an OpenAPI 3.0 document that tests read. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: unknown;
}

export interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content } | undefined>>;
}

type Content = Readonly<Record<string, { readonly schema?: object } | undefined>>;

/** The operation behind a request, and the JSON pointer to it. A literal path goes before a template. */
export function operationOf(
  document: OpenApiDocument,
  method: string,
  target: string,
): { readonly operation: Operation; readonly pointer: string } | undefined {
  const [path = ''] = target.split('?');
  const templates = Object.keys(document.paths).filter((template) => matches(template, path));
  templates.sort((a, b) => countParameters(a) - countParameters(b));
  for (const template of templates) {
    const operation = document.paths[template]?.[method.toLowerCase()];
    if (operation !== undefined) {
      const segment = encodeURIComponent(template.replaceAll('~', '~0').replaceAll('/', '~1'));
      return { operation, pointer: `/paths/${segment}/${method.toLowerCase()}` };
    }
  }
  return undefined;
}

function matches(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')];
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => (part.startsWith('{') ? given[i] !== '' : part === given[i]))
  );
}

const countParameters = (template: string) => template.split('{').length;
