/** A number on a live page: it keeps the widest room it had, so what stands beside it stays where it is. */
import { Room } from "../data/room.ts";
import type { Written } from "./dashboard.ts";

/** A text node that numbers are written to. */
export class NumberText implements Written {
  #node: Text;
  #room = new Room();
  #data = "";

  constructor(node: Text) {
    this.#node = node;
  }

  /** The number as it was given, without the space that keeps its room. */
  get data(): string {
    return this.#data;
  }

  set data(given: string) {
    if (given === this.#data) return;
    this.#data = given;
    this.#node.data = this.#room.fit(given);
  }

  /** What comes next has nothing to do with what stood here. */
  clear(): void {
    this.#data = "";
    this.#room = new Room();
    this.#node.data = "";
  }
}
