/** The fleet at a glance: one mark per device, found by pointer or by arrow keys. */
import { type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import {
  type FleetLayout,
  hitFleet,
  layoutFleet,
  markCorner,
  paintFleet,
  stepFleet,
} from "../../chart/fleet.ts";
import { Surface } from "../../chart/surface.ts";
import { count, words } from "../../data/words.ts";
import type { Dashboard } from "../../state/index.ts";
import { useDashboard } from "../context.ts";
import { useEffectOn, useWidth } from "../signals.ts";
import { paletteInForce } from "../theme.ts";

/** Room for the places' names at the left, in px. */
const labelWidth = 118;
/** Height the marks should fit into, in px. */
const room = 210;
/** Widest tip, in px; near the right edge it stands left of its mark. */
const tipWidth = 200;

/** A mark, by its place and its position there. */
type Spot = { readonly block: number; readonly position: number };

/** The panel. */
export function Fleet() {
  const dashboard = useDashboard();
  const { ref, width } = useWidth();
  const at = useSignal<Spot | null>(null);
  const layout = useComputed(() =>
    layoutFleet(dashboard.catalogue.fleet.value, {
      width: Math.max(0, width.value - labelWidth),
      height: room,
    }),
  );
  const shown = layout.value;
  return (
    <section class="panel fleet" aria-labelledby="fleet-title">
      <header class="panel-head">
        <h2 id="fleet-title">{words.fleet.title}</h2>
        <span class="aside">{asideOf(shown)}</span>
      </header>
      <div class="fleet-body">
        <div
          class="fleet-grid"
          ref={(element) => {
            ref(element);
            if (element !== null) element.style.height = `${shown.height}px`;
          }}
        >
          <Labels layout={shown} />
          <Marks layout={layout} at={at} />
          <Tip at={at.value} layout={shown} name={() => nameAt(at.peek(), dashboard)} />
        </div>
      </div>
    </section>
  );
}

/** What is drawn, and of how many places where not all are seen at once. */
function asideOf({ blocks, height, kind }: FleetLayout): string {
  if (kind === "bars") return words.fleet.bars;
  return height > room ? words.fleet.marksOf(blocks.length) : words.fleet.marks;
}

function Labels({ layout }: { layout: FleetLayout }) {
  return (
    <>
      {layout.blocks.map((block) => (
        <div
          class={layout.isDense ? "place is-line" : "place"}
          key={block.label}
          title={block.label}
          ref={(element) => {
            if (element !== null) element.style.top = `${block.top - layout.inset}px`;
          }}
        >
          <span>{block.label}</span>
          <small>{count(block.marks.length)}</small>
        </div>
      ))}
    </>
  );
}

/** The canvas, and what finds a mark on it. */
function Marks({ layout, at }: { layout: ReadonlySignal<FleetLayout>; at: Signal<Spot | null> }) {
  const dashboard = useDashboard();
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<Surface | null>(null);
  useLayoutEffect(() => {
    if (canvas.current !== null) surface.current = new Surface(canvas.current);
    return () => surface.current?.dispose();
  }, []);
  useEffectOn(() => {
    draw(surface.current, layout.value);
    return undefined;
  }, []);
  const leave = () => {
    at.value = null;
  };
  const open = () => {
    const device = deviceAt(at.peek(), dashboard);
    if (device !== undefined) dashboard.route.go({ page: "device", device });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") open();
    const next = stepFleet(layout.peek(), at.peek(), event.key);
    if (next === undefined) return;
    event.preventDefault();
    at.value = next;
  };
  const total = layout.value.blocks.reduce((sum, block) => sum + block.marks.length, 0);
  return (
    <div
      class="fleet-marks"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application of its own keys
      tabIndex={0}
      aria-label={words.fleet.label(total)}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        at.value = hitFleet(layout.peek(), event.clientX - box.left, event.clientY - box.top);
      }}
      onPointerLeave={leave}
      onBlur={leave}
      onClick={open}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} />
    </div>
  );
}

function deviceAt(spot: Spot | null, { catalogue }: Dashboard): string | undefined {
  return spot === null ? undefined : catalogue.fleet.peek()[spot.block]?.devices[spot.position];
}

function nameAt(spot: Spot | null, dashboard: Dashboard): string {
  const device = deviceAt(spot, dashboard);
  if (device === undefined) return "";
  const card = dashboard.catalogue.card(device).peek();
  return words.fleet.mark(card.name, card.glyph === null ? "" : words.glyph[card.glyph]);
}

function draw(surface: Surface | null, layout: FleetLayout): void {
  if (surface === null || layout.width <= 0) return;
  surface.resize(layout.width, Math.max(1, layout.height));
  surface.paint(
    { x: 0, y: 0, width: layout.width, height: layout.height },
    layout,
    paintFleet,
    paletteInForce.value,
  );
}

function Tip({ at, layout, name }: { at: Spot | null; layout: FleetLayout; name: () => string }) {
  if (at === null) return null;
  const corner = markCorner(layout, at.block, at.position);
  const place = (element: HTMLElement | null) => {
    if (element === null) return;
    const x = Math.min(corner.x, Math.max(0, layout.width - tipWidth));
    const below = corner.y + layout.side + 4;
    element.style.left = `${labelWidth + x}px`;
    element.style.top = `${below + 24 > layout.height ? Math.max(0, corner.y - 26) : below}px`;
  };
  return (
    <div class="fleet-tip" ref={place}>
      {name()}
    </div>
  );
}
