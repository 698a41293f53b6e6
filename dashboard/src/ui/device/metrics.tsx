/** All metrics of a device in groups. Rows render when series come or go; their cells are written by the frame loop. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { Surface } from "../../chart/surface.ts";
import { paintTrend } from "../../chart/trend.ts";
import { fourDigits } from "../../data/room.ts";
import { words } from "../../data/words.ts";
import { type DeviceView, NumberText, type SeriesView } from "../../state/index.ts";
import { useDashboard } from "../context.ts";
import { StateGlyph } from "../glyph.tsx";
import { isPhone, isSmall } from "../signals.ts";
import { paletteInForce } from "../theme.ts";
import { chosenSeries, toggled } from "./choice.ts";

/** Trend lines of the table, in px. */
const trend = {
  desktop: { width: 220, height: 24 },
  tablet: { width: 124, height: 24 },
  phone: { width: 64, height: 24 },
};

/** The table. `onOrigin` is asked where a value comes from. */
export function Metrics({
  view,
  onOrigin,
}: {
  view: DeviceView;
  onOrigin: (series: SeriesView) => void;
}) {
  if (view.groups.length === 0) return null;
  return (
    <section class="panel metrics">
      <table>
        <thead>
          <tr>
            <th scope="col">{words.device.metric}</th>
            <th scope="col" class="c-value">
              {words.device.value}
            </th>
            <td class="c-unit" />
            <th scope="col" class="c-trend">
              {words.device.trend}
            </th>
            <th scope="col" class="c-age">
              {words.device.age}
            </th>
            <th scope="col" class="c-from">
              {words.device.from}
            </th>
          </tr>
        </thead>
        {view.groups.map((group) => (
          <tbody key={group.label}>
            <tr class="group">
              <th scope="colgroup" colSpan={6}>
                {group.label}
              </th>
            </tr>
            {group.series.map((series) => (
              <Row key={series.series} view={view} series={series} onOrigin={onOrigin} />
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}

function Row({
  view,
  series,
  onOrigin,
}: {
  view: DeviceView;
  series: SeriesView;
  onOrigin: (series: SeriesView) => void;
}) {
  const { slots, route } = useDashboard();
  const number = useRef<HTMLSpanElement>(null);
  const unit = useRef<HTMLElement>(null);
  const age = useRef<HTMLTableCellElement>(null);
  useLayoutEffect(() => {
    if (!number.current || !unit.current || !age.current) return;
    const texts = [number, unit, age].map(({ current }) => {
      const node = document.createTextNode("");
      current?.replaceChildren(node);
      return node;
    }) as [Text, Text, Text];
    const ends = [
      slots.value(series.series, {
        number: new NumberText(texts[0], fourDigits),
        unit: texts[1],
        host: number.current,
      }),
      slots.seriesAge(series.series, texts[2], age.current),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [series.series, isPhone.value]);
  const show = () => {
    const chosen = chosenSeries(view, route.current.peek().metrics);
    route.filter({ metrics: toggled(chosen, series) });
  };
  return (
    <tr>
      <th scope="row">
        <span class="named">
          <StateGlyph glyph={series.glyph} />
          <Name series={series} onShow={show} onOrigin={() => onOrigin(series)} />
          {series.doubt === "" || isPhone.value ? null : <span class="doubt">{series.doubt}</span>}
        </span>
      </th>
      <td class="c-value">
        <span class="v" ref={number} />
        {isPhone.value ? <span class="u" ref={unit} /> : null}
      </td>
      {isPhone.value ? null : (
        <td class="c-unit">
          <span ref={unit} />
        </td>
      )}
      <td class="c-trend">
        <RowTrend series={series} />
      </td>
      <td class="c-age" ref={age} />
      <td class="c-from">
        <button
          type="button"
          class="link"
          aria-haspopup="dialog"
          aria-label={words.provenance.title(series.label)}
          onClick={() => onOrigin(series)}
        >
          {series.metric}
        </button>
      </td>
    </tr>
  );
}

/** On a desktop the name goes to the chart; on a phone it is the row's one target, and tells where the value is from. */
function Name({
  series,
  onShow,
  onOrigin,
}: {
  series: SeriesView;
  onShow: () => void;
  onOrigin: () => void;
}) {
  if (isPhone.value)
    return (
      <button type="button" aria-haspopup="dialog" onClick={onOrigin}>
        {series.label}
      </button>
    );
  return series.isState ? (
    <span>{series.label}</span>
  ) : (
    <button type="button" title={words.device.chart(series.label)} onClick={onShow}>
      {series.label}
    </button>
  );
}

function RowTrend({ series }: { series: SeriesView }) {
  const { trends } = useDashboard();
  const element = useRef<HTMLCanvasElement>(null);
  const size = isPhone.value ? trend.phone : isSmall.value ? trend.tablet : trend.desktop;
  useLayoutEffect(() => {
    if (element.current === null) return;
    const surface = new Surface(element.current);
    surface.resize(size.width, size.height);
    const box = { x: 0, y: 0, ...size };
    const handle = trends.open(
      { series: series.series, ...size, window: series.window },
      (picture) => surface.paint(box, picture, paintTrend, paletteInForce.peek()),
    );
    const end = paletteInForce.subscribe(() => handle.repaint());
    return () => {
      end();
      handle.dispose();
      surface.dispose();
    };
  }, [series.series, series.window, size]);
  return <canvas ref={element} />;
}
