/** What the shell says about the connection: pure, from what is known at one moment. */
import { latency } from "../data/numbers.ts";
import type { LinkReport } from "../data/port.ts";
import { words } from "../data/strings.ts";
import { absoluteTime, coarse } from "../data/times.ts";
import { closeCodes, type Feed } from "../wire/messages.ts";
import type { LinkPhase, LinkView, ReplayView, StripSentence } from "./views.ts";

/** All that decides what is said. Times are hub time in ms. */
export interface LinkFacts {
  readonly report: LinkReport;
  readonly feed: Feed | null;
  /** The hub's history; null where it keeps none. */
  readonly store: Feed | null;
  readonly behind: boolean;
  /** Readings each shown one stands for: by the link, by this page. */
  readonly oneOf: number;
  readonly pageOneOf: number;
  /** The screen doubts itself: a wake is not proven yet. `hidden`: it was out of sight. */
  readonly suspect: "hidden" | "jump" | null;
  /** Was live before. */
  readonly everLive: boolean;
  /** Since when this page has been trying for the first time. */
  readonly started: number;
  readonly now: number;
  /** Monotonic now, for the countdown. */
  readonly monotonic: number;
  /** Hub time − this computer's wall clock. */
  readonly wallOffset: number;
  readonly noticeDismissed: boolean;
  readonly host: string;
  readonly zone: string;
  /** How often the hub was lost. */
  readonly losses: number;
  /** What this page shows of the past; null: it shows the present. */
  readonly replay: ReplayView | null;
  /** Why the hub shows no past; "" where it does. */
  readonly refusal: string;
  /** What could not be recorded at that time. */
  readonly outages: readonly (readonly [source: string, from: number, to: number])[];
}

const connectingShownMs = 400;
const noAnswerMs = 3000;
const clockOffMs = 30_000;

/** Which situation it is. The highest cause wins. */
export function phaseOf({ everLive, feed, replay, report, suspect }: LinkFacts): LinkPhase {
  const { caughtUp, code, state } = report;
  if (state === "refused") return "refused";
  if (state === "waiting" && code === closeCodes.shuttingDown) return "restarting";
  if (state === "connecting" || state === "waiting") return everLive ? "lost" : "connecting";
  // What is past stays true while the connection is proven again.
  if (replay !== null) return "replay";
  if (state === "checking" || suspect !== null) return "catching-up";
  if (!caughtUp) return everLive ? "catching-up" : "connecting";
  return feed !== null && !feed.up ? "no-broker" : "live";
}

/** A difference of clocks, to the second: 599.9 s are 10 min, not 9. */
function apart(ms: number): string {
  return coarse(Math.round(Math.abs(ms) / 1000) * 1000);
}

function seconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1000));
}

function sentence(parts: Partial<StripSentence>): StripSentence {
  const { body = "", headline = "" } = parts;
  return {
    tone: "inverse",
    headline,
    body,
    progress: "",
    action: null,
    phone: headline || body,
    phoneLabel: "",
    ...parts,
  };
}

function connecting(facts: LinkFacts): StripSentence | null {
  const waited = facts.now - facts.started;
  if (waited < connectingShownMs) return null;
  const body =
    waited < noAnswerMs
      ? words.link.connectingStrip
      : words.link.noAnswer(facts.host, Math.floor(waited / 1000));
  return sentence({ tone: "plain", body, phone: body });
}

function nextTry({ monotonic, report }: LinkFacts): string {
  if (report.nextTry === 0) return words.link.tryingNow;
  return words.link.nextTry(Math.max(1, seconds(report.nextTry - monotonic)));
}

function lost(facts: LinkFacts): StripSentence {
  const { now, report, zone } = facts;
  const at = absoluteTime(report.heard, now, zone);
  const age = coarse(now - report.heard);
  const known = report.heard > 0;
  return sentence({
    headline: words.link.lostHeadline,
    body: known ? words.link.lostBody(at, age) : words.link.neverBody,
    progress: nextTry(facts),
    action: { does: "retry", label: words.link.tryNow },
    phone: known ? words.link.lostPhone(at, age) : words.link.lostHeadline,
    phoneLabel: words.link.retry,
  });
}

function noBroker({ feed, now, zone }: LinkFacts): StripSentence {
  const since = feed?.since ?? now;
  const at = absoluteTime(since, now, zone);
  const age = coarse(now - since);
  const tries = feed?.tries ?? 0;
  return sentence({
    headline: words.link.noBrokerHeadline,
    body: words.link.noBrokerBody(at, age),
    progress: tries > 0 ? words.link.hubRetryingTry(tries) : words.link.hubRetrying,
    action: { does: "details", label: words.link.details },
    phone: words.link.noBrokerPhone(at, age),
    phoneLabel: words.link.details,
  });
}

/** Never live, whatever it shows: the time of then, and what was wrong at that time. */
function replaying({ now, outages, refusal, replay, zone }: LinkFacts): StripSentence {
  const say = words.replay;
  const at = replay === null ? "" : absoluteTime(replay.now, now, zone);
  const action = { does: "live", label: say.back } as const;
  if (refusal !== "")
    return sentence({ headline: say.headline, body: refusal, action, phoneLabel: say.backShort });
  const causes = outages.map(([source]) => say.outage(source));
  const body = [say.at(at, replay?.speed ?? 1), ...causes].join(" ");
  return sentence({
    headline: say.headline,
    body,
    progress: replay?.ended === true ? say.ended : replay?.loading === true ? say.loading : "",
    action,
    phone: say.phone(at),
    phoneLabel: say.backShort,
  });
}

function refused({ report }: LinkFacts): StripSentence {
  const { refusals, refused: because, refusedForbidden, signIn } = words.link;
  if (report.code === closeCodes.forbidden) return sentence({ headline: refusedForbidden });
  if (report.code === closeCodes.badToken)
    return sentence({
      headline: because(refusals.badToken),
      action: { does: "sign-in", label: signIn },
      phoneLabel: signIn,
    });
  const why = report.code === closeCodes.limit ? refusals.limit : refusals.protocol;
  return sentence({
    headline: because(why),
    action: { does: "retry", label: words.link.tryNow },
    phoneLabel: words.link.retry,
  });
}

/** The strip's sentence, or null for the counts. */
function stripOf(phase: LinkPhase, facts: LinkFacts): StripSentence | null {
  switch (phase) {
    case "live":
      return null;
    case "replay":
      return replaying(facts);
    case "connecting":
      return connecting(facts);
    case "lost":
      return lost(facts);
    case "catching-up":
      return sentence({
        headline: facts.suspect === "hidden" ? words.link.pausedStrip : words.link.catchingUpStrip,
      });
    case "no-broker":
      return noBroker(facts);
    case "restarting": {
      const left = seconds(facts.report.nextTry - facts.monotonic);
      return sentence({ headline: words.link.restartingStrip(Math.max(1, left)) });
    }
    case "refused":
      return refused(facts);
  }
}

/** Device to screen: inside the hub, and half the way there and back. */
function deviceToScreen({ latency: inside, rtt }: LinkReport): number | null {
  return rtt === null ? null : (inside ?? 0) + rtt / 2;
}

function chipOf(phase: LinkPhase, facts: LinkFacts): readonly [string, string] {
  const { link } = words;
  const n = Math.max(facts.behind ? facts.oneOf : 1, facts.pageOneOf);
  const total = deviceToScreen(facts.report);
  switch (phase) {
    case "live":
      if (n > 1) return [`${link.live} ·`, link.liveOneOf(n)];
      if (facts.store?.up === false) return [`${link.live} ·`, link.liveUnkept];
      return [link.live, total === null ? "" : latency(total)];
    case "replay":
      return [words.replay.chip, ""];
    case "connecting":
      return [link.connecting, ""];
    case "lost":
      return [link.noHub, ""];
    case "catching-up":
      return [link.catchingUp, ""];
    case "no-broker":
      return [link.noBroker, ""];
    case "restarting":
      return [link.restarting, ""];
    case "refused":
      return [link.signedOut, ""];
  }
}

function chainOf(phase: LinkPhase, feed: Feed | null): LinkView["chain"] {
  const known = phase === "live" || phase === "no-broker" || phase === "replay";
  const brokerUp = phase === "live" && feed?.up !== false;
  const gone = phase === "lost" || phase === "restarting" || phase === "refused";
  return {
    broker: brokerUp ? "filled" : "hollow",
    brokerHub: brokerUp ? "whole" : phase === "no-broker" ? "broken" : "unknown",
    hub: known ? "filled" : "hollow",
    hubScreen: known ? "whole" : gone ? "broken" : "unknown",
    screen: "filled",
  };
}

/** Since when the screen has stood still, in words. */
function asOfIn(phase: LinkPhase, { feed, now, replay, report, zone }: LinkFacts): string {
  if (phase === "replay" && replay !== null)
    return words.link.asOf(absoluteTime(replay.now, now, zone));
  const still = phase === "lost" || phase === "restarting" || phase === "refused";
  const since = phase === "no-broker" ? (feed?.since ?? 0) : still ? report.heard : 0;
  return since > 0 ? words.link.asOf(absoluteTime(since, now, zone)) : "";
}

function slowOf({ behind, oneOf, pageOneOf }: LinkFacts): string {
  if (behind && oneOf > 1) return words.link.slow(oneOf);
  return pageOneOf > 1 ? words.link.slowPage(pageOneOf) : "";
}

function unkeptIn(phase: LinkPhase, { now, store, zone }: LinkFacts): string {
  if (phase !== "live" || store === null || store.up) return "";
  return words.link.unkept(absoluteTime(store.since, now, zone), store.reason ?? "");
}

function clockNotice({ noticeDismissed, report, wallOffset }: LinkFacts): string {
  if (noticeDismissed || report.rtt === null || Math.abs(wallOffset) < clockOffMs) return "";
  const size = apart(wallOffset);
  return wallOffset > 0 ? words.link.clockBehind(size) : words.link.clockAhead(size);
}

function historyRow({ now, store, zone }: LinkFacts): LinkView["details"] {
  if (store === null) return [];
  const { details_: say } = words.link;
  const since = absoluteTime(store.since, now, zone);
  const said = store.up ? say.kept : say.notKept;
  return [[say.history, said(since, store.reason ?? "")]];
}

function detailsOf(facts: LinkFacts): LinkView["details"] {
  const { feed, host, losses, now, report, wallOffset, zone } = facts;
  const { details_: say } = words.link;
  const feedSince = feed ? absoluteTime(feed.since, now, zone) : "";
  const broker = feed
    ? feed.up
      ? say.up(feedSince, feed.reason ?? "")
      : say.down(feedSince, feed.reason ?? "")
    : say.unknown;
  const up = report.state === "open" || report.state === "checking";
  const since = absoluteTime(report.since, now, zone);
  const trip = report.rtt === null ? "" : `, ${say.trip(latency(report.rtt))}`;
  const off = Math.abs(wallOffset);
  return [
    [say.broker, broker],
    ...historyRow(facts),
    [say.screen, up ? `${say.up(since, "")}${trip}` : say.down(since, report.reason)],
    [say.address, host],
    [say.lost, String(losses)],
    [say.clock, off < 1000 ? say.exact : say.offset(apart(off), wallOffset < 0)],
    [say.hub, report.hub || say.unknown],
  ];
}

/** Everything the shell draws of the connection. */
export function linkView(facts: LinkFacts): LinkView {
  const phase = phaseOf(facts);
  const chipParts = chipOf(phase, facts);
  return {
    phase,
    live: phase === "live",
    chain: chainOf(phase, facts.feed),
    replay: facts.replay,
    chip: chipParts.filter((part) => part !== "").join(" "),
    chipParts,
    strip: stripOf(phase, facts),
    asOf: asOfIn(phase, facts),
    slow: slowOf(facts),
    unkept: unkeptIn(phase, facts),
    clockNotice: clockNotice(facts),
    details: detailsOf(facts),
  };
}
