"use strict";
// Text reaches the page through textContent alone. All rows stay in columns; only a page of them is in the document.
(() => {
  const section = document.getElementById("explorer");
  const data = JSON.parse(document.getElementById("lexicon-data").textContent);
  const labels = data.labels, PAGE = 50;
  const COLUMNS = ["word", "gain", "count", "pmi", "left_entropy", "right_entropy", "bits", "parts"];
  const body = section.querySelector("tbody"), status = document.getElementById("explorer-status");
  const [back, on] = section.querySelectorAll(".pages button");
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  let rows = [], page = 0, sorted = null, falling = false;

  // Parts that are the characters themselves come empty.
  data.parts = data.parts.map((parts, row) => parts || [...data.word[row]].join(" "));

  const field = (name) => document.getElementById("explorer-" + name);
  const least = (name) => (field(name).value.trim() === "" ? -Infinity : Number(field(name).value));
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function shown(column, row) {
    const value = data[column][row];
    if (value === null) return "";
    if (column === "word" || column === "parts") return value;
    return column === "gain" || column === "count" ? whole.format(value) : value.toFixed(2);
  }

  function element(tag, text, kind) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }

  function card(row) {
    const [decision, contexts] = data.cards[row] ?? ["", []];
    const list = element("dl");
    const fact = (name, text) => text && list.append(element("dt", name), element("dd", text));
    for (const column of COLUMNS.slice(1)) fact(labels[column], shown(column, row));
    fact(labels.length, String(data.length[row]));
    fact(labels.known, data.known[row] ? labels.yes : labels.no);
    fact(labels.decision, decision);
    const box = element("td", undefined, "card");
    box.colSpan = COLUMNS.length;
    box.append(list);
    for (const [before, after] of contexts) {
      const line = element("p", before, "context");
      line.append(element("mark", data.word[row]), after);
      box.append(line);
    }
    if (!contexts.length) box.append(element("p", labels.no_context));
    const made = element("tr");
    made.id = "card-" + row;
    made.append(box);
    return made;
  }

  function tableRow(row) {
    const made = element("tr");
    for (const column of COLUMNS) {
      if (column !== "word") {
        made.append(element("td", shown(column, row), column === "parts" ? "" : "n"));
        continue;
      }
      const cell = element("td", undefined, "word"), button = element("button", data.word[row]);
      button.type = "button";
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", () => {
        const open = button.getAttribute("aria-expanded") === "true";
        button.setAttribute("aria-expanded", String(!open));
        if (open) {
          document.getElementById("card-" + row).remove();
          button.removeAttribute("aria-controls");
        } else {
          made.after(card(row));
          button.setAttribute("aria-controls", "card-" + row);
        }
      });
      cell.append(button);
      made.append(cell);
    }
    return made;
  }

  function draw() {
    const from = page * PAGE, to = Math.min(from + PAGE, rows.length);
    body.replaceChildren(...rows.slice(from, to).map(tableRow));
    const counts = { from: whole.format(rows.length && from + 1), to: whole.format(to) };
    status.textContent = fill(labels.status, {
      ...counts, found: whole.format(rows.length), all: whole.format(data.word.length),
    });
    back.disabled = page === 0;
    on.disabled = to >= rows.length;
  }

  function order() {
    if (sorted === null) return;
    const values = data[sorted], sign = falling ? -1 : 1;
    // A figure that is missing comes last either way; equal ones keep the order of the words as given.
    rows.sort((a, b) => {
      const x = values[a], y = values[b];
      if (x === y) return a - b;
      if (x === null || y === null) return x === null ? 1 : -1;
      return x < y ? -sign : sign;
    });
  }

  function filter() {
    const text = field("search").value.trim().toLowerCase(), known = field("known").value;
    const shortest = least("length-min"), gain = least("gain-min"), entropy = least("entropy-min");
    const longest = field("length-max").value.trim() === "" ? Infinity : Number(field("length-max").value);
    rows = [];
    for (let row = 0; row < data.word.length; row++) {
      if (data.length[row] < shortest || data.length[row] > longest || data.gain[row] < gain) continue;
      if (known !== "" && data.known[row] !== Number(known)) continue;
      if (entropy > -Infinity) {
        const left = data.left_entropy[row], right = data.right_entropy[row];
        if (left === null || right === null || Math.min(left, right) < entropy) continue;
      }
      if (text && !data.word[row].toLowerCase().includes(text)) continue;
      rows.push(row);
    }
    page = 0;
    order();
    draw();
  }

  section.querySelectorAll("thead th").forEach((head, number) => {
    const column = COLUMNS[number], button = element("button", head.textContent);
    button.type = "button";
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      falling = sorted === column ? !falling : column !== "word" && column !== "parts";
      sorted = column;
      section.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      page = 0;
      order();
      draw();
    });
  });
  back.addEventListener("click", () => { page -= 1; draw(); if (back.disabled) on.focus(); });
  on.addEventListener("click", () => { page += 1; draw(); if (on.disabled) back.focus(); });
  section.querySelector(".filters").addEventListener("input", filter);
  section.querySelectorAll("[hidden]").forEach((part) => part.removeAttribute("hidden"));
  filter();
})();
