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
    const number = text === '' ? NaN : Number(text);
    return number;
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

  function paretoChart(model, theme) {
    const onFront = new Set(model.front);
    const xs = model.points.map(point => point.x);
    const middle = (Math.min(...xs) + 2 * Math.max(...xs)) / 3;
    const marks = model.points.map((point, i) => ({
      name: point.name, value: [point.x, point.y], anchor: point.anchor, tip: [point.name, ...point.text],
      symbol: point.baseline ? 'diamond' : 'circle', symbolSize: point.baseline ? 15 : 11,
      itemStyle: {
        color: onFront.has(i) ? theme.accent : theme.card, borderWidth: 2,
        borderColor: onFront.has(i) ? theme.accent : theme.muted,
      },
      label: {
        show: true, formatter: () => point.name, position: point.x > middle ? 'left' : 'right', distance: 8,
        color: onFront.has(i) ? theme.ink : theme.muted, fontSize: 12.5, fontWeight: onFront.has(i) ? 600 : 400,
        textBorderColor: theme.card, textBorderWidth: 3,
      },
    }));
    const front = model.front.map(i => [model.points[i].x, model.points[i].y]);
    return {
      ...base(theme),
      grid: { left: 8, right: 24, top: 34, bottom: 34, containLabel: true },
      xAxis: along(axis(theme, model.x, xs, 0.1)),
      yAxis: up(axis(theme, model.y, model.points.map(point => point.y), 0.1)),
      series: [
        { type: 'line', data: front, step: 'end', symbol: 'none', silent: true, z: 1,
          lineStyle: { color: theme.accent, width: 1.5, opacity: 0.55 } },
        { type: 'scatter', data: marks, z: 3, labelLayout: { moveOverlap: 'shiftY' } },
      ],
    };
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
        label: { formatter: () => reference.name + ' ' + reference.text, position: 'insideStartTop', color: theme.muted, fontSize: 12 },
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
      legend: { show: model.series.length > 1, top: 0, right: 8, icon: 'circle', itemWidth: 9, itemHeight: 9,
        textStyle: { color: theme.ink2, fontSize: 12 }, data: model.series.map(series => series.name) },
      grid: { left: 8, right: 24, top: 38, bottom: 34, containLabel: true },
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
    const sides = { type: 'category', inverse: true, axisLine: { show: false }, axisTick: { show: false } };
    return {
      ...base(theme),
      grid: { left: 2, right: 4, top: 4, bottom: 4, containLabel: true },
      xAxis: { type: 'value', show: false, min: low => Math.min(0, low.min) },
      yAxis: [
        { ...sides, data: names, axisLabel: { color: theme.ink2, fontSize: 12.5, margin: 10, width: 170, overflow: 'truncate' } },
        { ...sides, data: model.bars.map(bar => bar.text), position: 'right',
          axisLabel: { color: theme.ink, fontSize: 12.5, fontWeight: 550, margin: 10 } },
      ],
      series: [
        { type: 'bar', barWidth: '58%', z: 3, data: model.bars.map(bar => ({
          value: bar.value, anchor: bar.anchor,
          tip: [bar.name, model.x.title + ': ' + bar.text].concat(bar.high > bar.low
            ? ['interval: ' + digits(bar.low) + ' to ' + digits(bar.high)] : []),
          itemStyle: { color: bar.baseline ? theme.muted : theme.series[0], opacity: bar.baseline ? 0.6 : 0.85,
            borderRadius: bar.value < 0 ? [4, 0, 0, 4] : [0, 4, 4, 0] },
        })) },
        // A series without bars gives the axis of the values its places.
        { type: 'bar', yAxisIndex: 1, data: model.bars.map(() => null), silent: true },
        whisker(model.bars, theme.ink),
      ],
    };
  }

  function heatChart(model, theme) {
    const labelled = model.cells.length <= 150;
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
      picture.setOption(DRAW[model.kind](model.data, theme), true);
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
