/** A program as a process of its own: it is ready when it says so, and it is ended by its own handle. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A machine that tests is busy: programs get this long to start, in ms. */
const startMs = 60_000;
/** And this long to stop before they are killed, in ms. */
const stopMs = 10_000;

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A running program. */
export class Running {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #watchers = new Set<(line: string | null) => void>();

  constructor({ args, command, cwd, env }: Program) {
    // Settings of the reader's own hub must not reach the one under test.
    const own = Object.entries(process.env).filter(([key]) => !key.startsWith("HUB_"));
    this.#child = spawn(command, args, {
      cwd,
      env: { ...Object.fromEntries(own), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const take = (line: string): void => {
      this.lines.push(line);
      for (const watcher of this.#watchers) watcher(line);
    };
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream) createInterface({ input: stream }).on("line", take);
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => take(String(error)));
      this.#child.once("close", () => {
        for (const watcher of this.#watchers) watcher(null);
        resolve();
      });
    });
  }

  /** The first match in what it prints from its start on; fails with all it printed if it ends or stays silent. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const printed = () => new Error(`No line like ${pattern}:\n${this.lines.join("\n")}`);
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        act();
      };
      const look = (line: string | null): void => {
        const found = line === null ? null : pattern.exec(line);
        if (line === null) settle(() => reject(printed()));
        else if (found) settle(() => resolve(found));
      };
      const timer = setTimeout(() => settle(() => reject(printed())), startMs);
      this.#watchers.add(look);
      for (const line of this.lines) look(line);
    });
  }

  /** Ends it politely; it is killed if it does not. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), stopMs);
    await this.#ended;
    clearTimeout(timer);
  }
}
