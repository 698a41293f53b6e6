/**
 * "Needs attention": the most urgent first, at a fixed height.
 *
 * It stands still while a pointer, focus or touch is in it; what came meanwhile is counted in its foot.
 */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Surface } from "../../chart/surface.ts";
import { paintTrend } from "../../chart/trend.ts";
import { count, words } from "../../data/words.ts";
import type { AttentionRow, AttentionView, Dashboard, Glyph } from "../../state/index.ts";
import { useDashboard } from "../context.ts";
import { StateGlyph } from "../glyph.tsx";
import { isPhone } from "../signals.ts";
import { TapGuard } from "../tap-guard.ts";
import { paletteInForce } from "../theme.ts";
import { Since, Value } from "../value.tsx";

/** Rows on a desktop and on a phone; the rest is counted in the foot. */
const rowsShown = { desktop: 6, phone: 4 };
/** The page is opening for this long, in ms: what comes in that time is not news. */
const settlingMs = 3000;
/** Values of this list are asked for at this interval, in ms. */
const intervalMs = 1000;
/** A phone's trend line, in px. */
const trendSize = { width: 68, height: 30 };

/** Room for rows: six on a desktop; on a phone as many as there were when the page opened, up to four. */
interface Room {
  readonly rows: number;
  /** A line that counts what does not fit. */
  readonly foot: boolean;
}

function roomFor(view: AttentionView, phone: boolean): Room {
  if (!phone) return { rows: rowsShown.desktop, foot: true };
  const rows = Math.max(1, Math.min(rowsShown.phone, view.rows.length));
  return { rows, foot: view.total > rows };
}

/**
 * The room the list has. It follows the list while the page opens; after that only the reader changes it, because
 * what stands below must not move.
 */
function useRoom(view: AttentionView): [room: Room, refit: () => void] {
  const opened = useMemo(() => performance.now(), []);
  const phone = isPhone.value;
  const [room, setRoom] = useState(() => roomFor(view, phone));
  const refit = () => setRoom(roomFor(view, phone));
  useLayoutEffect(() => {
    if (performance.now() - opened < settlingMs) refit();
  }, [view.rows.length, view.total]);
  useLayoutEffect(refit, [phone]);
  return [room, refit];
}

/** The panel. */
export function Attention() {
  const { attention, viewport } = useDashboard();
  const view = attention.view.value;
  const [room, refit] = useRoom(view);
  const rows = view.rows.slice(0, room.rows);
  const guard = useMemo(() => new TapGuard(), []);
  const order = rows.map((row) => row.id).join(" ");
  useLayoutEffect(() => guard.moved(performance.now()), [order]);
  useEffect(() => {
    viewport.show("attention", firstDevices(rows), intervalMs);
  }, [order]);
  useEffect(() => () => viewport.hide("attention"), []);
  const hold = (held: boolean) => () => attention.hold(held);
  return (
    <section
      class="panel attention"
      aria-labelledby="attention-title"
      onPointerEnter={hold(true)}
      onPointerLeave={hold(false)}
      onFocusIn={hold(true)}
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null))
          attention.hold(false);
      }}
      onClickCapture={guard.onClickCapture}
    >
      <Head
        more={view.total > rows.length && !room.foot}
        onShow={refit}
        empty={rows.length === 0}
      />
      <div class="box">
        {rows.length === 0 ? <p class="calm">{view.empty}</p> : null}
        <ul
          class="rows"
          ref={(element) => {
            if (element !== null)
              element.style.height = isPhone.peek() ? `${room.rows * 60}px` : "";
          }}
        >
          {rows.map((row, position) => (
            <Row key={row.id} row={row} position={position} />
          ))}
        </ul>
        {room.foot ? <Foot shown={rows.length} /> : null}
      </div>
    </section>
  );
}

function Head({ more, onShow, empty }: { more: boolean; onShow: () => void; empty: boolean }) {
  const { attention, link } = useDashboard();
  const { total } = attention.view.value;
  const { asOf } = link.view.value;
  return (
    <header class="panel-head">
      <h2 id="attention-title">
        {words.attention.title}
        <span class="n">{total === 0 ? "" : count(total)}</span>
      </h2>
      {more ? (
        <button type="button" class="link" onClick={onShow}>
          {words.attention.show}
        </button>
      ) : (
        <span class="aside">{asOf || (empty ? "" : words.attention.order)}</span>
      )}
    </header>
  );
}

function Foot({ shown }: { shown: number }) {
  const { attention } = useDashboard();
  const view = attention.view.value;
  const more = view.more(shown);
  return (
    <div class="foot">
      {more === "" ? null : <span>{more}</span>}
      {view.waiting === 0 ? null : (
        <>
          <span>{words.attention.waiting(view.waiting)}</span>
          <button type="button" class="link" onClick={() => attention.show()}>
            {words.attention.show}
          </button>
        </>
      )}
    </div>
  );
}

function firstDevices(rows: readonly AttentionRow[]): string[] {
  return rows.flatMap((row) => row.devices.slice(0, 1));
}

const rowHeight = () => (isPhone.peek() ? 60 : 33);

/** A row is put in its place by `transform`: a change of order moves no layout. */
function Row({ row, position }: { row: AttentionRow; position: number }) {
  const dashboard = useDashboard();
  return (
    <li
      ref={(element) => {
        if (element !== null) element.style.transform = `translateY(${position * rowHeight()}px)`;
      }}
    >
      <a class={rowClass(row)} href={rowAddress(row, dashboard)}>
        <StateGlyph glyph={row.glyph} />
        <span class="name">{row.name}</span>
        <span class="why">{row.cleared ? words.attention.cleared : whyIn(row)}</span>
        <span class="trend">
          {isPhone.value && row.series !== null ? <RowTrend series={row.series} /> : null}
        </span>
        <span class="value">
          {row.series === null ? null : <Value series={row.series} unitClass="unit" />}
        </span>
        <span class="age">
          <Since time={row.since} />
        </span>
      </a>
    </li>
  );
}

/** A phone has room for what and since when, not for how it is known. */
function whyIn({ what }: AttentionRow): string {
  return isPhone.value ? (what.split(",")[0] ?? what) : what;
}

/** Rows of devices that are not heard show their values as not live. */
function rowClass(row: AttentionRow): string {
  const silent = row.glyph === "offline" || row.glyph === "stale" || row.glyph === "unknown";
  return `att${row.cleared ? " is-over" : ""}${silent ? " is-quiet" : ""}`;
}

/** A device's page, or for a folded flood the overview narrowed to it. */
function rowAddress(row: AttentionRow, { route, catalogue }: Dashboard): string {
  const [first] = row.devices;
  if (row.devices.length === 1 && first !== undefined)
    return route.href({ page: "device", device: first });
  const place = first === undefined ? "" : catalogue.card(first).peek().place;
  return route.href({ page: "overview", place, q: floodQuery(row.glyph) });
}

function floodQuery(glyph: Glyph): string {
  if (glyph === null || glyph === "attention") return "";
  if (glyph === "uncertain" || glyph === "bad" || glyph === "stale") return `quality:${glyph}`;
  return glyph === "offline" || glyph === "unknown" ? `status:${glyph}` : `alarm:${glyph}`;
}

function RowTrend({ series }: { series: number }) {
  const { trends } = useDashboard();
  const element = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (element.current === null) return;
    const surface = new Surface(element.current);
    surface.resize(trendSize.width, trendSize.height);
    const box = { x: 0, y: 0, ...trendSize };
    const handle = trends.open({ series, ...trendSize, window: "15m" }, (picture) =>
      surface.paint(box, picture, paintTrend, paletteInForce.peek()),
    );
    const end = paletteInForce.subscribe(() => handle.repaint());
    return () => {
      end();
      handle.dispose();
      surface.dispose();
    };
  }, [series]);
  return <canvas ref={element} />;
}
