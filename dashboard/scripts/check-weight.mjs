/**
 * Weighs the built dashboard and fails when it is too heavy for a phone.
 *
 * First load (what `index.html` names, what those chunks import, and the worker) ≤ 80 KiB gzip, all JavaScript
 * ≤ 130 KiB, CSS ≤ 10 KiB.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const built = resolve(dirname(fileURLToPath(import.meta.url)), "../../hub/gateway/static");
const weigh = (file) => gzipSync(readFileSync(join(built, file)), { level: 9 }).length;
const files = readdirSync(built, { recursive: true }).map((file) => file.replaceAll("\\", "/"));
const scripts = files.filter((file) => file.endsWith(".js"));
const sheets = files.filter((file) => file.endsWith(".css"));

const first = new Set(scripts.filter((file) => /worker/.test(file)));
const queue = [
  ...readFileSync(join(built, "index.html"), "utf8").matchAll(/src="\/([^"]+\.js)"/g),
].map((hit) => hit[1]);
while (queue.length > 0) {
  const file = queue.pop();
  if (first.has(file)) continue;
  first.add(file);
  const text = readFileSync(join(built, file), "utf8");
  for (const [, target] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
    queue.push(join(dirname(file), target));
}

const sum = (list) => list.reduce((total, file) => total + weigh(file), 0);
const rows = [
  ["first load", sum([...first]), 80],
  ["all JavaScript", sum(scripts), 130],
  ["CSS", sum(sheets), 10],
];
for (const [name, bytes, limit] of rows) {
  const over = bytes > limit * 1024;
  process.stdout.write(
    `${name}: ${(bytes / 1024).toFixed(1)} KiB gzip, at most ${limit}${over ? "  TOO HEAVY" : ""}\n`,
  );
  if (over) process.exitCode = 1;
}
