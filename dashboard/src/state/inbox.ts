/** Hands each message of the worker to the parts it concerns. */
import type { FromWorker, HubEvent } from "../data/port.ts";
import { words } from "../data/strings.ts";
import type { AnnouncerState } from "./announcer.ts";
import type { Cards } from "./cards.ts";
import type { CatalogueState } from "./catalogue.ts";
import type { Charts } from "./charts.ts";
import type { Delivery } from "./delivery.ts";
import type { Families } from "./families.ts";
import type { LinkState } from "./link.ts";
import type { SlotRegistry } from "./slots.ts";
import type { TrendLines } from "./trends.ts";
import type { Values } from "./values.ts";

export interface InboxParts {
  readonly values: Values;
  readonly families: Families;
  readonly cards: Cards;
  readonly slots: SlotRegistry;
  readonly trendLines: TrendLines;
  readonly charts: Charts;
  readonly catalogue: CatalogueState;
  readonly link: LinkState;
  readonly announcer: AnnouncerState;
  readonly delivery: Delivery;
}

export class Inbox {
  readonly #parts: InboxParts;
  #connected = false;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  take(message: FromWorker): void {
    const { cards, charts, families, link, trendLines, values } = this.#parts;
    // A batch after sleep must not be painted as live before the sleep was noticed.
    link.checkJump();
    switch (message.t) {
      case "link":
        this.#linkReported(message.link);
        break;
      case "series":
        this.#introduce(message.add, message.remove);
        break;
      case "frame":
        this.#frame(message);
        break;
      case "cols":
        for (const columns of message.lines) {
          trendLines.take(columns);
          values.get(columns.key)?.format.largest(columns.largest);
        }
        break;
      case "chart":
        charts.answer(message.id, message.columns);
        break;
      case "evidence":
        for (const device of families.reconsider(message.rows)) cards.mark(device);
        break;
      case "event":
        this.#event(message.event);
        break;
    }
  }

  #linkReported(report: Parameters<LinkState["report"]>[0]): void {
    const connected = report.state === "open" || report.state === "checking";
    // Nothing heard before this connection is proven on it.
    if (connected && !this.#connected) {
      this.#parts.values.unprove();
      this.#parts.link.renew();
    }
    this.#connected = connected;
    this.#parts.link.report(report);
  }

  #introduce(...[add, remove]: Parameters<Values["introduce"]>): void {
    const { cards, catalogue, delivery, families, link, values } = this.#parts;
    for (const device of values.introduce(add, remove)) {
      families.update(device, link.now());
      cards.mark(device);
    }
    catalogue.seriesChanged();
    delivery.seeSoon();
  }

  #frame(batch: Extract<FromWorker, { t: "frame" }>): void {
    const { cards, catalogue, charts, delivery, link, slots, trendLines, values } = this.#parts;
    values.take(batch, link.now(), (held, judged) => {
      slots.changed(held);
      trendLines.changed(held);
      charts.changed(held);
      if (!judged) return;
      cards.mark(held.info.device);
      catalogue.judged();
    });
    delivery.pullWhenDrawn();
  }

  #event(event: HubEvent): void {
    const { announcer, catalogue, link, slots, trendLines } = this.#parts;
    switch (event.kind) {
      case "feed":
        link.feed(event.feed);
        break;
      case "lag":
        link.lag(event.behind, event.oneOf);
        break;
      case "gap":
        trendLines.refresh();
        break;
      case "replay":
        link.replay(event.state);
        break;
      case "error":
        link.refused(event.message);
        announcer.say(words.refusedByHub(event.message));
        break;
      default:
        catalogue.take(event);
        if (event.kind === "status") for (const [device] of event.rows) slots.statusChanged(device);
    }
  }
}
