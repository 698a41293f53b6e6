/** What a reader may do with a replay while it goes on; another moment is another address. */
import { type ReplayCommand, replay } from "../wire/commands.ts";
import type { Replay } from "./dashboard.ts";
import type { Port } from "./environment.ts";

export class ReplayControls implements Replay {
  readonly #port: Port;

  constructor(port: Port) {
    this.#port = port;
  }

  pause(paused: boolean): void {
    this.#send({ paused });
  }

  speed(speed: number): void {
    this.#send({ speed });
  }

  #send(command: ReplayCommand): void {
    this.#port.post({ t: "send", frame: replay(command) });
  }
}
