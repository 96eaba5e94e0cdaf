// Behaviour of a run report: sortable tables, charts from the data the page carries, links into nodes, printing.
// All numbers were computed and formatted when the page was written; nothing is fetched.
(() => {
  'use strict';

  // Tables ----------------------------------------------------------------------------------------------------------

  function sortKey(row, column, numeric) {
    const text = row.cells[column].dataset.v;
    if (!numeric) {
      return text;
    }
    return text === '' ? NaN : Number(text);
  }

  function compare(a, b, numeric) {
    return numeric ? a - b : a.localeCompare(b, 'en', { numeric: true });
  }

  function sortBy(table, column) {
    const head = table.tHead.rows[0].cells;
    const cell = head[column];
    const numeric = cell.classList.contains('num');
    const before = cell.getAttribute('aria-sort');
    const direction = before === null ? cell.dataset.first : before === 'ascending' ? 'descending' : 'ascending';
    const sign = direction === 'ascending' ? 1 : -1;
    const keyed = Array.from(table.tBodies[0].rows, row => ({ row, key: sortKey(row, column, numeric) }));
    // What was not measured stays at the end, whichever way the column is sorted.
    const missing = entry => numeric && Number.isNaN(entry.key) ? 1 : 0;
    keyed.sort((a, b) => missing(a) - missing(b) || (missing(a) ? 0 : sign * compare(a.key, b.key, numeric)));
    table.tBodies[0].append(...keyed.map(entry => entry.row));
    Array.from(head).forEach(other => other.removeAttribute('aria-sort'));
    cell.setAttribute('aria-sort', direction);
  }

  document.querySelectorAll('table.sortable').forEach(table =>
    Array.from(table.tHead.rows[0].cells).forEach((cell, column) =>
      cell.querySelector('button').addEventListener('click', () => sortBy(table, column))));

  // Links into nodes ------------------------------------------------------------------------------------------------

  function openTarget() {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView({ block: 'nearest' });
    }
  }
  addEventListener('hashchange', openTarget);
  openTarget();

  // Numbers on axes -------------------------------------------------------------------------------------------------

  const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

  function unitOf(largest) {
    let unit = 0;
    for (let rest = Math.abs(largest); rest >= 1024 && unit < UNITS.length - 1; rest /= 1024) {
      unit++;
    }
    return unit;
  }

  function digits(value) {
    const size = Math.abs(value);
    if (value === 0) {
      return '0';
    }
    return size >= 1e6 || size < 1e-4 ? value.toExponential(1).replace('e+', 'e') : String(Number(value.toPrecision(4)));
  }

  function axisText(scale, largest) {
    if (scale !== 'bytes') {
      return digits;
    }
    const unit = unitOf(largest);
    return value => value === 0 ? '0' : digits(value / 1024 ** unit) + ' ' + UNITS[unit];
  }

  // Bounds and steps that are round in the unit people read, with some air around the data.
  function bounds(values, scale, air) {
    const unit = scale === 'bytes' ? 1024 ** unitOf(Math.max(...values)) : 1;
    const low = Math.min(...values) / unit;
    const high = Math.max(...values) / unit;
    const span = high - low || Math.abs(high) || 1;
    const raw = span * (1 + 2 * air) / 5;
    const power = 10 ** Math.floor(Math.log10(raw));
    const interval = [1, 2, 2.5, 5, 10].map(step => step * power).find(step => step >= raw * 0.999);
    const from = Math.floor((low - span * air) / interval) * interval;
    const to = Math.ceil((high + span * air) / interval) * interval;
    return { min: (low >= 0 ? Math.max(0, from) : from) * unit, max: to * unit, interval: interval * unit };
  }

  // Charts ----------------------------------------------------------------------------------------------------------

  function look() {
    const style = getComputedStyle(document.documentElement);
    const value = name => style.getPropertyValue(name).trim();
    return {
      ink: value('--ink'), ink2: value('--ink-2'), muted: value('--muted'), line: value('--line'),
      soft: value('--line-2'), card: value('--card'), accent: value('--accent'), font: value('--font'),
      series: value('--series').split(',').map(colour => colour.trim()),
      ramp: value('--ramp').split(',').map(colour => colour.trim()),
    };
  }

  // Text goes into the page as text nodes only: names come from files that anybody may have written.
  function tip(name, lines) {
    const box = document.createElement('div');
    box.className = 'tip';
    const title = box.appendChild(document.createElement('b'));
    title.textContent = name;
    lines.forEach(line => {
      box.appendChild(document.createElement('div')).textContent = line;
    });
    return box;
  }

  function base(theme) {
    return {
      animation: false,
      textStyle: { fontFamily: theme.font, color: theme.ink2, fontSize: 12 },
      tooltip: {
        trigger: 'item', confine: true, backgroundColor: theme.card, borderColor: theme.line, borderWidth: 1,
        padding: [8, 12], textStyle: { color: theme.ink, fontFamily: theme.font, fontSize: 13 },
        extraCssText: 'box-shadow:0 4px 18px rgb(0 0 0 / 14%);border-radius:8px',
        formatter: item => item.data && item.data.tip ? tip(item.data.tip[0], item.data.tip.slice(1)) : '',
      },
    };
  }

  function axis(theme, model, values, air) {
    const shared = {
      name: model.title, nameTextStyle: { color: theme.muted, fontSize: 12 },
      axisLine: { show: false }, axisTick: { show: false },
      axisLabel: { color: theme.muted, fontSize: 11.5, formatter: axisText(model.scale, Math.max(...values)), hideOverlap: true },
      splitLine: { lineStyle: { color: theme.soft } },
    };
    return model.log ? { ...shared, type: 'log' } : { ...shared, type: 'value', ...bounds(values, model.scale, air) };
  }

  function along(shared) {
    return { ...shared, nameLocation: 'middle', nameGap: 30 };
  }

  function up(shared) {
    return { ...shared, nameLocation: 'end', nameGap: 14, nameTextStyle: { ...shared.nameTextStyle, align: 'left' } };
  }

  const ruler = document.createElement('canvas').getContext('2d');

  function widest(texts, font) {
    ruler.font = font;
    return Math.ceil(Math.max(0, ...texts.map(text => ruler.measureText(text).width)));
  }

  function paretoChart(model, theme) {
    const onFront = new Set(model.front);
    const marks = model.points.map((point, i) => ({
      value: [point.x, point.y], anchor: point.anchor, tip: point.text,
      symbol: point.baseline ? 'diamond' : 'circle', symbolSize: point.baseline ? 15 : 11,
      itemStyle: {
        color: onFront.has(i) ? theme.accent : theme.card, borderWidth: 2,
        borderColor: onFront.has(i) ? theme.accent : theme.muted,
      },
      label: {
        show: false, formatter: () => point.name, fontSize: 12.5, fontWeight: onFront.has(i) ? 600 : 400,
        color: onFront.has(i) ? theme.ink : theme.muted, textBorderColor: theme.card, textBorderWidth: 3,
      },
    }));
    const front = model.front.map(i => [model.points[i].x, model.points[i].y]);
    return {
      ...base(theme),
      grid: { left: 8, right: 24, top: 34, bottom: 34, containLabel: true },
      xAxis: along(axis(theme, model.x, model.points.map(point => point.x), 0.1)),
      yAxis: up(axis(theme, model.y, model.points.map(point => point.y), 0.1)),
      series: [
        { type: 'line', data: front, step: 'end', symbol: 'none', silent: true, z: 1,
          lineStyle: { color: theme.accent, width: 1.5, opacity: 0.55 } },
        { type: 'scatter', data: marks, z: 3 },
      ],
    };
  }

  // Where a label may stand around its mark, best places first: [left, top] from the mark's centre, in units of the
  // label's size and pixels.
  const PLACES = [
    (w, h) => [11, -h / 2], (w, h) => [10, -h - 3], (w, h) => [10, 3], (w, h) => [-w - 11, -h / 2],
    (w, h) => [-w - 10, -h - 3], (w, h) => [-w - 10, 3], (w, h) => [-w / 2, -h - 9], (w, h) => [-w / 2, 9],
  ];

  function overlap(a, b) {
    const wide = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
    const high = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
    return wide > 0 && high > 0 ? wide * high : 0;
  }

  // Labels of the front are placed first and always shown; others are left out where they would cover something.
  function labelPoints(model, picture, option) {
    const spots = model.points.map(point => picture.convertToPixel({ seriesIndex: 1 }, [point.x, point.y]));
    const taken = spots.map(([x, y]) => [x - 7, y - 7, x + 7, y + 7]);
    model.front.slice(1).forEach((index, k) => {
      const [x1, y1] = spots[model.front[k]];
      const [x2, y2] = spots[index];
      taken.push([x1, y1 - 1, x2, y1 + 1], [x2 - 1, Math.min(y1, y2), x2 + 1, Math.max(y1, y2)]);
    });
    const order = model.front.concat(model.points.map((point, i) => i).filter(i => !model.front.includes(i)));
    order.forEach(i => {
      const mark = option.series[1].data[i];
      const width = widest([model.points[i].name], mark.label.fontWeight + ' 12.5px ' + option.textStyle.fontFamily);
      const choices = PLACES.map(place => {
        const [dx, dy] = place(width, 15);
        const box = [spots[i][0] + dx, spots[i][1] + dy, spots[i][0] + dx + width, spots[i][1] + dy + 15];
        const outside = Math.max(0, -box[0], box[2] - picture.getWidth());
        return { dx, dy, box, cost: 1000 * outside + taken.reduce((sum, other) => sum + overlap(box, other), 0) };
      });
      const best = choices.reduce((a, b) => b.cost < a.cost ? b : a);
      if (best.cost === 0 || model.front.includes(i)) {
        taken.push(best.box);
        const half = mark.symbolSize / 2;
        mark.label = { ...mark.label, show: true, position: [best.dx + half, best.dy + half] };
      }
    });
    picture.setOption({ series: [{}, { data: option.series[1].data }] });
  }

  function band(series, colour) {
    const edge = series.points.map(step => [step.x, step.high])
      .concat(series.points.map(step => [step.x, step.low]).reverse());
    return {
      type: 'custom', silent: true, z: 1, data: [[series.points[0].x, series.points[0].y]], tooltip: { show: false },
      renderItem: (params, api) => ({
        type: 'polygon', shape: { points: edge.map(corner => api.coord(corner)) },
        style: { fill: colour, opacity: 0.16 },
      }),
    };
  }

  function lineChart(model, theme) {
    const steps = model.series.flatMap(series => series.points);
    const ys = steps.flatMap(step => [step.low, step.high]).concat(model.references.map(reference => reference.y));
    const colour = i => theme.series[i % theme.series.length];
    const lines = model.series.map((series, i) => ({
      type: 'line', name: series.name, z: 3, symbol: 'circle', symbolSize: 8, color: colour(i),
      lineStyle: { width: 2.25 },
      data: series.points.map(step => ({
        value: [step.x, step.y], anchor: step.anchor,
        tip: [series.name, model.x.title + ': ' + (model.categories[step.x] ?? digits(step.x)),
          model.y.title + ': ' + step.text],
      })),
    }));
    const levels = model.references.map(reference => ({
      type: 'line', name: reference.name, data: [], silent: true,
      markLine: {
        silent: true, symbol: 'none', lineStyle: { color: theme.muted, type: [5, 4], width: 1.25 },
        label: { formatter: () => reference.name + ' ' + reference.text, position: 'insideEndBottom', color: theme.muted, fontSize: 12 },
        data: [{ yAxis: reference.y }],
      },
    }));
    const bands = model.series.filter(series => series.points.some(step => step.high > step.low))
      .map(series => band(series, colour(model.series.indexOf(series))));
    const plain = axis(theme, model.x, steps.map(step => step.x), 0.02);
    const x = model.categories.length > 0 ? { ...plain, type: 'category', data: model.categories,
      min: null, max: null, interval: null, axisLabel: { color: theme.muted, fontSize: 11.5 } } : plain;
    return {
      ...base(theme),
      legend: { show: model.series.length > 1, type: 'scroll', bottom: 0, left: 'center', icon: 'circle', itemWidth: 9, itemHeight: 9,
        textStyle: { color: theme.ink2, fontSize: 12 }, data: model.series.map(series => series.name) },
      grid: { left: 8, right: 24, top: 34, bottom: model.series.length > 1 ? 58 : 34, containLabel: true },
      xAxis: along(x), yAxis: up(axis(theme, model.y, ys, 0.06)), series: [...bands, ...lines, ...levels],
    };
  }

  function whisker(bars, colour) {
    return {
      type: 'custom', silent: true, z: 5, tooltip: { show: false },
      data: bars.map((bar, i) => [bar.low, bar.high, i]).filter(interval => interval[1] > interval[0]),
      encode: { x: [0, 1], y: 2 },
      renderItem: (params, api) => {
        const [left, y] = api.coord([api.value(0), api.value(2)]);
        const right = api.coord([api.value(1), api.value(2)])[0];
        const stroke = (x1, y1, x2, y2) => ({ type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: colour, lineWidth: 1.5 } });
        return { type: 'group', children: [stroke(left, y, right, y), stroke(left, y - 4, left, y + 4),
          stroke(right, y - 4, right, y + 4)] };
      },
    };
  }

  function barChart(model, theme) {
    const names = model.bars.map(bar => bar.name);
    const left = Math.min(190, widest(names, '12.5px ' + theme.font) + 4);
    const right = widest(model.bars.map(bar => bar.text), '600 12.5px ' + theme.font) + 4;
    const sides = { type: 'category', inverse: true, axisLine: { show: false }, axisTick: { show: false } };
    return {
      ...base(theme),
      grid: { left: left + 12, right: right + 14, top: 4, bottom: 4 },
      xAxis: { type: 'value', show: false, min: low => Math.min(0, low.min) },
      yAxis: [
        { ...sides, data: names, axisLabel: { color: theme.ink2, fontSize: 12.5, margin: 12, width: left, overflow: 'truncate' } },
        { ...sides, data: model.bars.map(bar => bar.text), position: 'right',
          axisLabel: { color: theme.ink, fontSize: 12.5, fontWeight: 500, margin: 12 + right, align: 'right' } },
      ],
      series: [
        { type: 'bar', barWidth: '58%', z: 3, data: model.bars.map(bar => ({
          value: bar.value, anchor: bar.anchor,
          tip: [bar.name, model.x.title + ': ' + bar.text].concat(bar.high > bar.low
            ? ['interval: ' + digits(bar.low) + ' to ' + digits(bar.high)] : []),
          itemStyle: { color: bar.baseline ? theme.muted : theme.accent, opacity: bar.best ? 0.95 : 0.5,
            borderRadius: bar.value < 0 ? [4, 0, 0, 4] : [0, 4, 4, 0] },
        })) },
        // A series without bars gives the axis of the values its places.
        { type: 'bar', yAxisIndex: 1, data: model.bars.map(() => null), silent: true },
        whisker(model.bars, theme.ink),
      ],
    };
  }

  function heatChart(model, theme, width) {
    const widestText = widest(model.cells.map(cell => cell.text), '11px ' + theme.font);
    const labelled = model.cells.length <= 400 && widestText + 4 < (width - 120) / model.columns.length;
    const span = model.high - model.low || 1;
    const dark = theme.ramp.length - 1;
    const contrast = value => (value - model.low) / span > 0.55 ? theme.ramp[0] : theme.ramp[dark];
    const side = { type: 'category', axisLine: { show: false }, axisTick: { show: false }, splitArea: { show: false },
      axisLabel: { color: theme.muted, fontSize: 11.5 }, nameTextStyle: { color: theme.muted, fontSize: 12 } };
    return {
      ...base(theme),
      grid: { left: 8, right: 84, top: 34, bottom: 34, containLabel: true },
      xAxis: { ...along(side), name: model.x, data: model.columns },
      yAxis: { ...up(side), name: model.y, data: model.rows, inverse: true, nameLocation: 'start' },
      visualMap: { type: 'continuous', min: model.low, max: model.low + span, dimension: 2, right: 0, top: 'middle', itemHeight: 130, itemWidth: 12,
        inRange: { color: theme.ramp }, textStyle: { color: theme.muted, fontSize: 11.5 }, text: [digits(model.high), digits(model.low)] },
      series: [{
        type: 'heatmap', itemStyle: { borderColor: theme.card, borderWidth: 1.5, borderRadius: 2 },
        emphasis: { itemStyle: { borderColor: theme.ink } },
        data: model.cells.map(cell => ({
          value: [cell.column, cell.row, cell.value],
          tip: [cell.text, model.y + ': ' + model.rows[cell.row], model.x + ': ' + model.columns[cell.column]],
          label: { show: labelled, formatter: () => cell.text, fontSize: 11, color: contrast(cell.value) },
        })),
      }],
    };
  }

  const DRAW = { pareto: paretoChart, line: lineChart, bar: barChart, heatmap: heatChart };
  const charts = JSON.parse(document.getElementById('lathe-charts').textContent).map((model, index) => {
    const picture = echarts.init(document.getElementById('chart-' + index), null, { renderer: 'svg' });
    picture.on('click', event => {
      if (event.data && event.data.anchor) {
        location.hash = event.data.anchor;
      }
    });
    return { model, picture };
  });

  function draw() {
    const theme = look();
    charts.forEach(({ model, picture }) => {
      picture.resize();
      const option = DRAW[model.kind](model.data, theme, picture.getWidth());
      picture.setOption(option, true);
      if (model.kind === 'pareto') {
        labelPoints(model.data, picture, option);
      }
    });
  }

  // Screen and paper ------------------------------------------------------------------------------------------------

  let opened = [];
  addEventListener('beforeprint', () => {
    opened = Array.from(document.querySelectorAll('details:not([open])'));
    opened.forEach(details => { details.open = true; });
    document.documentElement.classList.add('paper');
    draw();
  });
  addEventListener('afterprint', () => {
    opened.forEach(details => { details.open = false; });
    document.documentElement.classList.remove('paper');
    draw();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  let waiting = 0;
  addEventListener('resize', () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(draw);
  });
  draw();
})();
