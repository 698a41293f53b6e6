/** The real programs that acceptance tests need; a missing one skips a suite here and fails it where `CI` is set. */
import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { describe } from "vitest";

/** The project's own folder: the hub runs from here. */
export const root = resolve(import.meta.dirname, "../../..");

/** What shows that a program is there, and where it comes from. */
const packages = {
  chromium: "Debian's package chromium",
  mosquitto: "Debian's package mosquitto",
  python: "make setup",
  dashboard: "make setup",
} as const;

type Program = keyof typeof packages;

/** A daemon's program lies outside the search path of ordinary users at Debian. */
const searchPath = [
  ...(process.env["PATH"] ?? "").split(delimiter),
  "/usr/sbin",
  "/usr/local/sbin",
];

function isThere(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Path of a program; null when it is not installed. */
export function pathOf(program: Program): string | null {
  const { R_OK, X_OK } = constants;
  const built = join(root, "hub/gateway/static/index.html");
  const python = join(root, ".venv/bin/python");
  const named = program === "chromium" ? process.env["CHROMIUM"] : undefined;
  if (program === "dashboard") return isThere(built, R_OK) ? built : null;
  if (program === "python") return isThere(python, X_OK) ? python : null;
  if (named) return isThere(named, X_OK) ? named : null;
  return (
    searchPath.map((folder) => join(folder, program)).find((path) => isThere(path, X_OK)) ?? null
  );
}

/** Path of a program that {@link acceptance} has found. */
export function needed(program: Program): string {
  const path = pathOf(program);
  if (path === null)
    throw new Error(`${program} is not installed: ${packages[program]} brings it.`);
  return path;
}

/** `describe` if a real hub and browser can run here. Elsewhere the suite is skipped, or fails where `CI` is set. */
export function acceptance(name: string, body: () => void): void {
  const lacking = (Object.keys(packages) as Program[]).filter(
    (program) => pathOf(program) === null,
  );
  if (lacking.length === 0) {
    describe(name, body);
    return;
  }
  const sentence = lacking
    .map((program) => `${program} is missing: ${packages[program]} brings it.`)
    .join(" ");
  if (process.env["CI"]) throw new Error(sentence);
  process.stderr.write(`Skipped "${name}": ${sentence}\n`);
  describe.skip(name, body);
}
