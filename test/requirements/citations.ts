import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A test, or a program, that says which requirement it shows. */
export interface Citation {
  /** `R12` or `I5`. */
  readonly requirement: string;
  /** The test's words, those of the suites around it included; of a program, what it says it shows. */
  readonly sentence: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** How a program is run; tests are run by `npm test`. */
  readonly command?: string;
}

const NUMBER = /\b[RI]\d{1,2}\b/g;
/** A line in the first comment of a program that `package.json` runs. */
const SHOWS = /^(?:\/\/| \*) Shows (.+)$/gm;
const SUITE = /^describe(\.each)?$/;
const TEST = /^(?:it|test)(\.each)?$/;

/** Everything below `test/` that cites a requirement, in the order of the files. */
export function citationsIn(root: string): readonly Citation[] {
  const files = readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('fixtures'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  return files.flatMap((file) => {
    const text = (): string => readFileSync(join(root, file), 'utf8');
    if (file.endsWith('.ts')) return citationsOfTests(file, text());
    const command = Object.keys(scripts).find((name) => scripts[name]?.includes(file));
    return command !== undefined ? citationsOfProgram(file, text(), `npm run ${command}`) : [];
  });
}

/** Of the tests of a file that are run: what is skipped shows nothing, nor does a suite without a test. */
export function citationsOfTests(file: string, text: string): readonly Citation[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Citation[] = [];
  const visit = (node: ts.Node, around: readonly string[]): void => {
    const call = ts.isCallExpression(node) ? titled(node) : undefined;
    if (call?.kind === 'test') {
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      found.push(...numbersIn([...around, call.title].join(' ')).map((of) => ({ ...of, file, line })));
    }
    const inner = call?.kind === 'suite' ? [...around, call.title] : around;
    if (call?.kind !== 'skipped') ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(source, []);
  return found;
}

/** Of what a program says of itself in lines that begin with `Shows`. */
export function citationsOfProgram(file: string, text: string, command: string): readonly Citation[] {
  return [...text.matchAll(SHOWS)].flatMap(({ 1: sentence = '', index }) => {
    const line = text.slice(0, index).split('\n').length;
    return numbersIn(sentence).map((of) => ({ ...of, file, line, command }));
  });
}

function numbersIn(sentence: string): readonly { requirement: string; sentence: string }[] {
  return [...new Set(sentence.match(NUMBER))].map((requirement) => ({ requirement, sentence }));
}

/** What is called, and with which words, where it is jest's. `it.each(rows)('…')` calls what a call has given. */
function titled(call: ts.CallExpression): { kind: 'suite' | 'test' | 'skipped'; title: string } | undefined {
  const [first] = call.arguments;
  const callee =
    ts.isCallExpression(call.expression) || ts.isTaggedTemplateExpression(call.expression) ? calleeOf(call.expression) : call.expression;
  const name = callee.getText();
  if (/^(?:it|test|describe)\.(?:skip|todo)\b|^x(?:it|describe)$/.test(name)) return { kind: 'skipped', title: '' };
  const kind = SUITE.test(name) ? 'suite' : TEST.test(name) ? 'test' : undefined;
  if (kind === undefined || first === undefined) return undefined;
  const title = titleIn(first);
  return title === undefined ? undefined : { kind, title };
}

function calleeOf(expression: ts.CallExpression | ts.TaggedTemplateExpression): ts.Expression {
  return ts.isCallExpression(expression) ? expression.expression : expression.tag;
}

function titleIn(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) ? node.getText().slice(1, -1) : undefined;
}
