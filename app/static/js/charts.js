/* Draws each figure that the page carries as JSON, in the colours of the style sheet, again when the colour scheme changes
   and when there is another width for it: a phone that is turned, a window or a column that becomes narrow. */
(() => {
  "use strict";
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const theme = (narrow) => {
    const axis = {
      gridcolor: token("--line"), linecolor: token("--line"), zerolinecolor: token("--line-strong"),
      tickcolor: token("--line"), automargin: true, fixedrange: true, title: { standoff: 10 },
    };
    return {
      axis,
      layout: {
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest", dragmode: false,
        font: { family: token("--font"), size: narrow ? 12 : 13, color: token("--ink-2") },
        margin: { t: 8, r: 12, b: 32, l: 36, pad: 4 },
        hoverlabel: { bgcolor: token("--ink"), bordercolor: token("--ink"), font: { color: token("--surface"), family: token("--font") } },
        /* It stands on the drawing's upper edge and takes its room from the margin, never from the bars. */
        legend: { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom", font: { size: 12 } },
        colorway: ["--brand", "--chart-2", "--chart-3", "--chart-4", "--chart-5"].map(token),
        bargap: 0.34,
      },
    };
  };

  const ROLE = { good: "--good-fill", mid: "--mid-fill", bad: "--bad-fill", brand: "--brand", quiet: "--line-strong" };

  const dressed = (trace) => {
    const role = trace.meta;
    if (role === "band") {
      return { ...trace, fillcolor: token("--band"), line: { ...(trace.line || {}), width: 0 }, hoverinfo: "skip", showlegend: false };
    }
    if (!ROLE[role]) return trace;
    const color = token(ROLE[role]);
    if (trace.error_x) {
      /* Both halves of an interval have to be seen, also the one that lies on its bar. */
      const line = { color, width: 1.5 };
      const marker = { ...(trace.marker || {}), color: token(role === "brand" ? "--bar" : "--sunk"), line };
      return { ...trace, marker, error_x: { ...trace.error_x, color: token("--ink") } };
    }
    const out = { ...trace, marker: { ...(trace.marker || {}), color } };
    if ((trace.type || "scatter") === "scatter") out.line = { width: 2.5, ...(trace.line || {}), color };
    return out;
  };

  const isNarrow = (canvas) => canvas.clientWidth < 480;

  const draw = (canvas) => {
    const figure = JSON.parse(document.getElementById(canvas.dataset.figure).textContent);
    const given = { ...(figure.layout || {}) };
    delete given.template;
    const narrow = isNarrow(canvas);
    canvas.dataset.narrow = narrow;
    const { layout, axis } = theme(narrow);
    const lying = figure.data.some((trace) => trace.orientation === "h");
    const grid = { x: lying, y: !lying };
    const merged = { ...layout, ...given, margin: { ...layout.margin, ...(given.margin || {}) } };
    for (const key of ["xaxis", "yaxis", "xaxis2", "yaxis2"]) {
      if (key.length === 5 || given[key]) {
        const crowded = narrow && key[0] === "x" && !lying ? { nticks: 6, tickangle: 0 } : {};
        merged[key] = { ...axis, showgrid: grid[key[0]], ...crowded, ...(given[key] || {}) };
      }
    }
    return window.Plotly.react(canvas, figure.data.map(dressed), merged, { displayModeBar: false });
  };

  let printing = false;
  /* Ticks and letters are chosen by width, so on the way from wide to narrow a drawing is made anew, else only stretched. */
  const widths = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    if (printing || !target.clientWidth) return;
    const drawn = target.dataset.narrow === String(isNarrow(target)) ? Promise.resolve() : draw(target);
    drawn.then(() => window.Plotly.Plots.resize(target));
  }));

  const start = async (canvas) => {
    await draw(canvas);
    widths.observe(canvas);
    canvas.on("plotly_click", (event) => {
      const door = [].concat(event.points[0].customdata || "")[0];
      if (typeof door === "string" && /^\/(?!\/)/.test(door)) window.location.assign(door);
    });
  };

  const canvases = document.querySelectorAll("[data-figure]");
  canvases.forEach(start);
  /* Paper is laid out after beforeprint, so the width of a drawing on A4 is said here. */
  const paper = { width: 640, autosize: false };
  const screen = { width: null, autosize: true };
  /* Where numbers would be too small to read on paper, the table is printed in place of the drawing. */
  const tables = document.querySelectorAll(".chart-as-table .chart-table:not([open])");
  window.addEventListener("beforeprint", () => {
    printing = true;
    tables.forEach((table) => { table.dataset.printed = table.open; table.open = true; });
    canvases.forEach((canvas) => window.Plotly.relayout(canvas, paper));
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    tables.forEach((table) => { table.open = table.dataset.printed === "true"; });
    canvases.forEach((canvas) => window.Plotly.relayout(canvas, screen));
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => canvases.forEach(draw));
})();
