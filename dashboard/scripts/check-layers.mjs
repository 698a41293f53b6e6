/**
 * Fails when a layer looks right, or a module outgrows its bound.
 *
 * `wire → data → state → chart → ui`: a module may import its own layer and those left of it. A module has at
 * most 350 lines, because one that wants more has two ideas in it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const layers = ["wire", "data", "state", "chart", "ui"];
const maxLines = 350;
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "src");
const imported = /(?:from\s+|import\s*\(?\s*|new URL\(\s*)["'](\.[^"']+)["']/g;
const problems = [];

for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
  const file = join(entry.parentPath, entry.name);
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n").length - 1;
  if (lines > maxLines)
    problems.push(`${relative(root, file)} has ${lines} lines, at most ${maxLines}`);
  const own = layers.indexOf(relative(source, file).split(/[\\/]/)[0]);
  if (own < 0) continue;
  for (const [, target] of text.matchAll(imported)) {
    const layer = relative(source, resolve(dirname(file), target)).split(/[\\/]/)[0];
    if (layers.indexOf(layer) > own)
      problems.push(
        `${relative(root, file)} (${layers[own]}) must not import ${target} (${layer})`,
      );
  }
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
