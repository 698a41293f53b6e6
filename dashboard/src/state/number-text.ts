/** A number on a live page: it keeps the widest room it had, so what stands beside it stays where it is. */
import { type Measure, Room } from "../data/room.ts";
import type { Written } from "./dashboard.ts";

/** A text node that numbers are written to. */
export class NumberText implements Written {
  readonly #node: Text;
  readonly #least: Measure | undefined;
  #room: Room;
  #data = "";
  #space = 0;

  /** `least`: the room that every number here has from the beginning. */
  constructor(node: Text, least?: Measure) {
    this.#node = node;
    this.#least = least;
    this.#room = new Room(least);
  }

  /** The number as it was given, without the space that keeps its room. */
  get data(): string {
    return this.#data;
  }

  set data(given: string) {
    if (given === this.#data) return;
    this.#data = given;
    const { space, text } = this.#room.fit(given);
    this.#node.data = text;
    this.#tell(space);
  }

  /** Numbers to come may need this much room. */
  expect(ahead: Measure): void {
    this.#room.expect(ahead);
  }

  /** What comes next has nothing to do with what stood here. */
  clear(): void {
    this.#data = "";
    this.#room = new Room(this.#least);
    this.#node.data = "";
    this.#tell({ digits: 0, marks: 0 });
  }

  /** How much of the text is space: a line below a number is not drawn below that. A mark is a third of a digit wide. */
  #tell({ digits, marks }: Measure): void {
    const space = digits + marks / 3;
    if (space === this.#space) return;
    this.#space = space;
    this.#node.parentElement?.style.setProperty("--space", space.toFixed(2));
  }
}
