import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import anyAscii from 'any-ascii';

/** What is shorter is found by chance in a megabyte of keys and hashes. */
const SHORTEST = 7;

/** Texts that must stand nowhere, by what they are, and a search for each in any way in which a program may write it. */
export class Planted {
  private readonly anyCase: readonly (readonly [what: string, form: string])[];
  private readonly exact: readonly (readonly [what: string, form: string])[];

  constructor(texts: Readonly<Record<string, string>>) {
    const variants = Object.entries(texts).flatMap(([what, text]) => variantsOf(text).map((variant) => [what, variant] as const));
    this.anyCase = variants.flatMap(([what, variant]) => plainForms(variant).map((form) => [what, form.toLowerCase()] as const));
    this.exact = variants.flatMap(([what, variant]) => base64Forms(variant).map((form) => [what, form] as const));
  }

  /** What of it is there, by name, each once. */
  in(bytes: Buffer | string): readonly string[] {
    const text = (typeof bytes === 'string' ? Buffer.from(bytes) : bytes).toString('latin1');
    const lower = text.toLowerCase();
    const found = [...this.anyCase.filter(([, form]) => lower.includes(form)), ...this.exact.filter(([, form]) => text.includes(form))];
    return [...new Set(found.map(([what]) => what))];
  }

  /** In the files below a directory and in their names: `file: what`, for each. */
  below(directory: string): readonly string[] {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap(({ parentPath, name }) => {
        const found = [...this.in(readFileSync(join(parentPath, name))), ...this.in(name)];
        return found.map((what) => `${name}: ${what}`);
      });
  }
}

/** As it was typed, decomposed, in plain letters, and without whatever stands between letters and digits. */
function variantsOf(text: string): readonly string[] {
  const plain = anyAscii(text);
  const all = [text, text.normalize('NFC'), text.normalize('NFD'), plain, plain.replace(/[^a-z0-9]/gi, '')];
  const variants = [...new Set(all)].filter(({ length }) => length >= SHORTEST);
  if (variants.length === 0) throw new Error('too short a text to be looked for');
  return variants;
}

/** Of bytes as latin-1, in which nothing of them is lost. */
function plainForms(text: string): readonly string[] {
  const utf8 = Buffer.from(text);
  const utf16 = Buffer.from(text, 'utf16le');
  const escaped = [...text].map((each) => (each > '~' ? `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}` : each)).join('');
  const forms = [
    utf8.toString('latin1'),
    Buffer.from(text, 'latin1').toString('latin1'),
    utf16.toString('latin1'),
    Buffer.from(utf16).swap16().toString('latin1'),
    escaped,
    encodeURIComponent(text),
    encodeURIComponent(text).replaceAll('%20', '+'),
    utf8.toString('hex'),
    utf16.toString('hex'),
  ];
  return [...new Set(forms)];
}

/** In either alphabet, and wherever among the three bytes of a group it begins: without the characters that its neighbours have a part in. */
function base64Forms(text: string): readonly string[] {
  const utf8 = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), utf8]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((bytes.length * 8) / 6);
    return (['base64', 'base64url'] as const).map((alphabet) => bytes.toString(alphabet).slice(from, to));
  });
}
