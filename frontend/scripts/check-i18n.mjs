// Fails when a translation is missing, unused, empty, or lost one of its parameters.
//
// A key counts as used where it stands in the source as a whole literal, or where a literal that ends in a dot
// or a hyphen ('state.', 'limit.title-') or a template literal with a hole ('strategy.${name}.more') can build it.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');
const languages = ['en', 'de', 'fr', 'it'];

function flatten(texts, prefix = '') {
  return Object.entries(texts).flatMap(([name, value]) =>
    typeof value === 'string' ? [[prefix + name, value]] : flatten(value, `${prefix}${name}.`),
  );
}

const texts = Object.fromEntries(
  languages.map((lang) => [lang, new Map(flatten(JSON.parse(readFileSync(join(source, 'i18n', `${lang}.json`), 'utf8'))))]),
);
const english = texts['en'];
const faults = [];

const parameters = (text) => [...text.matchAll(/{{\s*(\w+)\s*}}/g)].map((match) => match[1]).sort().join();
for (const lang of languages.slice(1)) {
  for (const [key, text] of english) {
    const other = texts[lang].get(key);
    if (other === undefined) faults.push(`${lang}: ${key} is missing`);
    else if (other.trim() === '') faults.push(`${lang}: ${key} is empty`);
    else if (parameters(other) !== parameters(text)) faults.push(`${lang}: ${key} has other parameters than English`);
  }
  for (const key of texts[lang].keys()) if (!english.has(key)) faults.push(`${lang}: ${key} is not in English`);
}

const groups = [...new Set([...english.keys()].map((key) => key.split('.')[0]))].join('|');
const literal = new RegExp(`(['\`])((?:${groups})\\.[\\w.\\-\${}()\\[\\]]*)\\1`, 'g');
const exact = new Map();
const patterns = [];

function look(file) {
  for (const [, , text] of readFileSync(file, 'utf8').matchAll(literal)) {
    if (text.includes('${')) patterns.push(text.split(/\$\{[^}]*\}/));
    else if (/[.-]$/.test(text)) patterns.push([text, '']);
    else exact.set(text, file);
  }
}

for (const entry of readdirSync(join(source, 'app'), { recursive: true, withFileTypes: true })) {
  const isSource = /\.(ts|html)$/.test(entry.name) && !entry.name.endsWith('.spec.ts');
  if (entry.isFile() && isSource) look(join(entry.parentPath, entry.name));
}

for (const [key, file] of exact) {
  if (!english.has(key)) faults.push(`${file.slice(source.length + 1)} uses ${key}, which has no translation`);
}
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const built = patterns.map((parts) => new RegExp(`^${parts.map(escape).join('[\\w-]+(?:\\.[\\w-]+)*')}$`));
for (const key of english.keys()) {
  if (!exact.has(key) && !built.some((pattern) => pattern.test(key))) faults.push(`${key} is used nowhere`);
}
for (const [index, pattern] of built.entries()) {
  if (![...english.keys()].some((key) => pattern.test(key))) faults.push(`nothing matches ${patterns[index].join('…')}`);
}

if (faults.length > 0) {
  console.error(faults.join('\n'));
  console.error(`\n${faults.length} faults in the translations.`);
  process.exit(1);
}
console.log(`${english.size} texts in ${languages.length} languages, all there and all used.`);
