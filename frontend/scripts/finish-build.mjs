// What the builder cannot be told to do to the page that it built.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const built = 'dist/ceex/browser';
// Whatever is fetched here is used at once, but for these; V8 compiles it beside the page's own thread.
const HINT = '//# allFunctionsCalledOnLoad\n';
const LARGEST_BYTES = 250_000;
const NOT_BUNDLED = ['worker.js'];

for (const name of readdirSync(built).filter((each) => each.endsWith('.js') && !NOT_BUNDLED.includes(each))) {
  const code = readFileSync(join(built, name), 'utf8');
  // A library of charts or maps: little of it is used, and late.
  if (code.length > LARGEST_BYTES || code.includes('leaflet-pane')) continue;
  writeFileSync(join(built, name), HINT + code);
}

// The top bar stands in the document itself: it need not wait for the styles, which hold up only what follows them.
const path = join(built, 'index.html');
const page = readFileSync(path, 'utf8');
const styles = page.match(/<link rel="stylesheet"[^>]*>/)?.[0];
if (!styles) throw new Error('index.html links no styles');
writeFileSync(path, page.replace(styles, '').replace('<noscript>', `${styles}\n    <noscript>`));
