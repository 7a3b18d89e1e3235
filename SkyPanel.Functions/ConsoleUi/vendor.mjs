// Copies what the console and the customer's page vendor out of node_modules, with its licence, after checking its hash: npm ci && npm run vendor.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, '..', '..', 'node_modules');
const targets = [join(here, 'static', 'vendor'), join(here, '..', 'Customers', 'static', 'vendor')];
const files = [
  ['htm/preact/standalone.module.js', 'htm-preact.js', '72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7'],
  ['cronstrue/dist/cronstrue.min.js', 'cronstrue.js', '243fb115d932e862bd8502760b1e5c0018713e2150787729ae4662ead88969a4'],
];

const [consoleFolder, pageFolder] = targets;
for (const target of targets) mkdirSync(target, { recursive: true });
for (const [source, name, expected] of files) {
  const hash = createHash('sha256').update(readFileSync(join(modules, source))).digest('hex');
  if (hash !== expected) throw new Error(`${source} has the hash ${hash}, not ${expected}: look at what changed, then write the new hash here.`);
  copyFileSync(join(modules, source), join(consoleFolder, name));
  console.log(`${name} ${hash}`);
}
copyFileSync(join(consoleFolder, 'htm-preact.js'), join(pageFolder, 'htm-preact.js'));
for (const target of targets) copyFileSync(join(modules, 'htm', 'LICENSE'), join(target, 'htm-preact.LICENSE.txt'));
copyFileSync(join(modules, 'cronstrue', 'LICENSE'), join(consoleFolder, 'cronstrue.LICENSE.txt'));
