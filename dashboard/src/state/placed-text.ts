/**
 * A text in its place: a number keeps the room it once took, so what stands beside it stays where it is.
 *
 * A text that does need another width pushes its unit, or its own beginning where it is aligned to the right. That is
 * another text in the old one's place, so its surroundings are put in anew: for the reader nothing but a text changed,
 * and the browser notes no element that wandered.
 */
import { Room } from "../data/room.ts";
import type { Written } from "./dashboard.ts";

/** Takes a node out and puts it in where it was. Nothing in it may have focus. */
function putAnew(node: ChildNode): void {
  const { nextSibling, parentNode } = node;
  if (parentNode === null) return;
  node.remove();
  parentNode.insertBefore(node, nextSibling);
}

/** A text node inside `around`, which holds all that its width moves. */
export class PlacedText implements Written {
  #node: Text;
  #around: ChildNode;
  #room = new Room();
  #data = "";

  constructor(node: Text, around: ChildNode) {
    this.#node = node;
    this.#around = around;
  }

  /** The text as it was given, without the space that keeps its room. */
  get data(): string {
    return this.#data;
  }

  set data(given: string) {
    if (given === this.#data) return;
    this.#data = given;
    const { moved, text } = this.#room.fit(given);
    if (this.#node.data !== text) this.#node.data = text;
    if (moved) putAnew(this.#around);
  }

  /** What comes next has nothing to do with what stood here. */
  clear(): void {
    this.#data = "";
    this.#room = new Room();
    if (this.#node.data !== "") this.#node.data = "";
  }
}
