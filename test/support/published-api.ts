import formats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly example?: unknown;
  readonly additionalProperties?: unknown;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters: readonly { readonly $ref?: string; readonly name?: string; readonly in?: string }[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The API as /docs/json tells of it, held against what it does. */
export class PublishedApi {
  private readonly ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, keywords: ['example'] });

  constructor(readonly document: Document) {
    formats.default(this.ajv);
    this.ajv.addSchema({ $id: 'published', $defs: readable(closed(document.components.schemas)) });
  }

  /** `POST /v1/leads`, and what is said of it. */
  operations(): readonly (readonly [name: string, operation: Operation])[] {
    return Object.entries(this.document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    );
  }

  /** Name of the operation that a request is for; a path that is written out goes before one with a parameter. */
  operationOf({ method, path }: Pick<Seen, 'method' | 'path'>): string | undefined {
    const asked = `${method} ${path.split('?', 1)[0]}`;
    const names = this.operations().map(([name]) => name);
    const fitting = names.filter((name) => new RegExp(`^${name.replace(/\{\w+\}/g, '[^/]+')}$`).test(asked));
    return fitting.sort((a, b) => a.split('{').length - b.split('{').length)[0];
  }

  /** Where a response is not as published: status, media type, each member. */
  complaints(seen: Seen): string[] {
    const name = this.operationOf(seen);
    if (name === undefined) return [`${seen.method} ${seen.path} is not published`];
    const { status, contentType, body } = seen;
    const mediaType = contentType.split(';', 1)[0]!;
    const published = new Map(this.operations()).get(name)!.responses[status]?.content?.[mediaType];
    if (published === undefined) return [`${name}: ${status} ${mediaType} is not published`];
    const value: unknown = mediaType.endsWith('json') && mediaType !== 'application/x-ndjson' ? JSON.parse(body) : body;
    return this.check(published.schema, value).map((complaint) => `${name} ${status}: ${complaint}`);
  }

  /** Of a component's schema, and of its own examples. */
  brokenExamples(): string[] {
    return Object.entries(this.document.components.schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties).flatMap(([property, schema]) => {
        const found = schema.example === undefined ? [] : this.check(schema, schema.example);
        return found.map((complaint) => `${name}.${property}: ${complaint}`);
      }),
    );
  }

  private check(schema: Schema, value: unknown): string[] {
    const validate = this.ajv.compile(readable(schema));
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
  }
}

/** The validator knows the components by themselves, without the rest of the document. */
function readable<Json extends object>(json: Json): Json {
  return JSON.parse(JSON.stringify(json).replaceAll('"#/components/schemas/', '"published#/$defs/')) as Json;
}

/** With nothing in an object that its schema does not name: what is not published should not be sent. */
function closed(schemas: Document['components']['schemas']): Document['components']['schemas'] {
  const close = ([name, schema]: [string, Schema]): [string, Schema] =>
    schema.properties === undefined || schema.additionalProperties !== undefined
      ? [name, schema]
      : [name, { ...schema, additionalProperties: false }];
  return Object.fromEntries(Object.entries(schemas).map(close));
}
