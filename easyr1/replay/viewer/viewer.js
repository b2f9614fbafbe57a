// Shows the episodes that lie in the page as JSON: a list with filters, and one turn of one episode.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const state = { shown: [], place: 0, turn: 0 };

for (const episode of data.episodes) {
  const turns = episode.turns;
  episode.order = episode.id;
  episode.length = turns.length;
  episode.reward = sum(turns.map((turn) => turn.reward.total));
  episode.played = turns.filter((turn) => turn.status !== "failed").length;
  episode.right = turns.filter((turn) => turn.exact).length;
  episode.seen = episode.right / Math.max(1, episode.played);
  episode.advantage = turns[0].advantage;
  episode.text = [episode.task, episode.level, episode.seed, episode.knobs, episode.where, episode.failure,
    ...turns.flatMap((turn) => [turn.action ?? "", ...turn.segments.map((part) => part[1])])].join("\n").toLowerCase();
}
const groups = data.episodes.reduce((map, e) => map.set(e.group, [...(map.get(e.group) ?? []), e]), new Map());
const sampleName = (episode) => (groups.get(episode.group).length > 1 ? `no. ${episode.sample}` : "");

// Filters

function fillSelect(id, values, label = words) {
  const choices = [...new Set(values)];
  byId(id).append(new Option("any", ""), ...choices.map((value) => new Option(plain(label(value)), value)));
  byId(id).parentElement.hidden = choices.length < 2;
}

function passes(episode) {
  const value = (id) => byId(id).value;
  const text = value("f-text").trim().toLowerCase();
  return (!text || episode.text.includes(text))
    && (!value("f-task") || episode.task === value("f-task"))
    && (!value("f-where") || episode.where === value("f-where"))
    && (!value("f-status") || episode.turns.some((turn) => turn.status === value("f-status")))
    && (!value("f-stop") || episode.stop === value("f-stop"))
    && (!value("f-seen") || (episode.right === episode.played) === (value("f-seen") === "right"))
    && (value("f-low") === "" || episode.reward >= Number(value("f-low")))
    && (value("f-high") === "" || episode.reward <= Number(value("f-high")));
}

function applyFilters() {
  const chosen = state.shown[state.place];
  const [, minus, key] = byId("f-sort").value.match(/^(-?)(.*)$/);
  // Rewards are sorted best first unless a minus says worst first; everything else rises unless a minus turns it.
  const direction = (key === "reward" ? -1 : 1) * (minus ? -1 : 1);
  const rank = (episode) => episode[key] ?? 0;
  state.shown = data.episodes.filter(passes).sort((a, b) => direction * (rank(a) - rank(b)) || a.order - b.order);
  const active = [...byId("more").querySelectorAll("select, input")].filter((field) => field.value);
  byId("active").textContent = active.length ? `(${active.length} on)` : "";
  byId("count").textContent = state.shown.length === data.episodes.length
    ? plural(data.episodes.length, "episode") : `${state.shown.length} of ${plural(data.episodes.length, "episode")}`;
  byId("list").replaceChildren(...state.shown.map(listItem));
  const kept = state.shown.indexOf(chosen);
  show(kept < 0 ? 0 : kept, kept < 0 ? 0 : state.turn);
}

function listItem(episode, place) {
  const reward = make("span", `number ${sign(episode.reward)}`, number(episode.reward, true));
  const name = textNode("span", "name", `${shortGame(episode.task)}, ${levelName(episode.level)}`);
  const parts = [episode.where, sampleName(episode), plural(episode.length, "turn"),
    `P_acc ${episode.right}/${episode.played}`, words(episode.stop)];
  const item = make("li", "", make("div", "line", name, reward),
    textNode("div", "small", parts.filter(Boolean).join(" \u00b7 ")));
  item.id = `episode-${episode.id}`;
  item.setAttribute("role", "option");
  item.addEventListener("click", () => { show(place, 0); byId("side").classList.remove("open"); syncSide(); });
  return item;
}

// The episode and its turn

function show(place, turn) {
  const episode = state.shown[place];
  byId("stage").hidden = !episode;
  if (!episode) return;
  const last = episode.length - 1;
  state.place = place;
  state.turn = Math.max(0, Math.min(turn, last));
  const selected = byId("list").querySelector("[aria-selected=true]");
  if (selected) selected.setAttribute("aria-selected", "false");
  const item = byId(`episode-${episode.id}`);
  item.setAttribute("aria-selected", "true");
  item.scrollIntoView({ block: "nearest" });
  byId("list").setAttribute("aria-activedescendant", item.id);
  showHead(episode);
  showBoard(episode.turns[state.turn]);
  showSteps(episode, last);
  showFigures(episode.turns[state.turn]);
  showReply(episode.turns[state.turn]);
  showGroup(episode);
  keepPlace(`#${episode.id}.${state.turn + 1}`);
}

function showHead(episode) {
  setText(byId("title"), `${shortGame(episode.task)}, ${levelName(episode.level)}`);
  const parts = [episode.where, sampleName(episode), `reward ${number(episode.reward, true)}`,
    plural(episode.length, "turn"), `ended by ${words(episode.stop)}`, `seed ${episode.seed}`, episode.knobs];
  setText(byId("facts"), parts.filter(Boolean).join(" \u00b7 "));
  const failed = episode.failure || episode.stop.endsWith("_failed");
  byId("failure").hidden = !failed;
  setText(byId("failure"), failed ? `${words(episode.stop)}: ${episode.failure || "no reason was recorded"}` : "");
}

function showBoard(turn) {
  const board = byId("board");
  const source = data.images[turn.image];
  board.alt = source ? `The board: ${turn.truth}` : "This picture was not recorded.";
  if (source) board.src = source; else board.removeAttribute("src");
  const marks = (turn.wrong ?? []).map(([, said, , box], index) => box && markOf(box, said, index));
  byId("marks").replaceChildren(...marks.filter(Boolean));
  byId("hover").textContent = "";
}

function markOf([left, top, width, height], said, index) {
  const mark = make("div", said === null ? "mark unsaid" : "mark");
  const share = { left, top, width, height };
  for (const side of Object.keys(share)) mark.style[side] = `${share[side] * 100}%`;
  linkWrong(mark, index);
  return mark;
}

/** Pointing at a mark or at its line lights both and names the difference below the board. */
function linkWrong(node, index) {
  node.dataset.wrong = index;
  const light = (on) => () => {
    document.querySelectorAll(`[data-wrong="${index}"]`).forEach((other) => other.classList.toggle("lit", on));
    const { wrong } = state.shown[state.place].turns[state.turn];
    setText(byId("hover"), on ? wrongText(wrong[index]) : "");
  };
  for (const event of ["pointerenter", "focus"]) node.addEventListener(event, light(true));
  for (const event of ["pointerleave", "blur"]) node.addEventListener(event, light(false));
}

function showSteps(episode, last) {
  byId("slider").max = last + 1;
  byId("slider").value = state.turn + 1;
  byId("slider").disabled = last === 0;
  byId("first").disabled = byId("previous").disabled = state.turn === 0;
  byId("last").disabled = byId("next").disabled = state.turn === last;
  byId("position").textContent = `turn ${state.turn + 1} of ${last + 1}`;
  byId("strip").hidden = last === 0;
  byId("strip").replaceChildren(...episode.turns.map((turn, index) => {
    const tick = make("span", `${turn.status}${index === state.turn ? " current" : ""}`);
    tick.title = `turn ${index + 1}: ${turn.status}, reward ${number(turn.reward.total, true)}`;
    tick.addEventListener("click", () => show(state.place, index));
    return tick;
  }));
}

function showFigures(turn) {
  const { total, ...parts } = turn.reward;
  const rows = [
    ["Action", turn.action === null ? make("span", "empty", "none could be read") : textNode("b", "", turn.action)],
    ["Status", make("span", turn.status, turn.status)],
    ["Reward", make("span", sign(total), number(total, true)), ` (${Object.entries(parts).map(([name, value]) =>
      `${name} ${number(value, true)}`).join(", ")})`],
    ["Perception", turn.exact ? "exact" : `${number(turn.cells * 100)}% of the cells`],
    turn.advantage === null ? null
      : ["Advantage", make("span", sign(turn.advantage), number(turn.advantage, true))],
    sum(turn.tokens) ? ["Tokens", `${turn.tokens[0]} in, ${turn.tokens[1]} out`] : null,
    turn.seconds ? ["Time", `${number(turn.seconds)} s`] : null,
    turn.cost ? ["Cost", String(turn.cost)] : null,
  ];
  byId("figures").replaceChildren(...rows.filter(Boolean).flatMap(([name, ...what]) =>
    [make("dt", "", name), make("dd", "", ...what)]));
}

function showReply(turn) {
  byId("reply").replaceChildren(...turn.segments.map(([kind, text]) => make("section", `part ${kind}`,
    make("h3", "", NAMES[kind]), text.trim() ? textNode("pre", "", text.trim()) : make("pre", "empty", "empty"))));
  if (!turn.segments.length) {
    byId("reply").append(make("p", "empty", turn.status === "failed" ? "No reply came."
      : "The reply is empty, or was not kept."));
  }
  byId("wrong").replaceChildren(...wrongNodes(turn));
  setText(byId("truth"), turn.truth);
  setText(byId("prompt"), data.prompts[turn.prompt]);
}

function wrongNodes(turn) {
  if (turn.exact || !turn.segments.length) return [];
  const hasBlock = turn.segments.some(([kind]) => kind === "perception");
  if (turn.wrong === null) {
    return [make("p", "empty", hasBlock ? "Its cells cannot be compared: this game is not installed here."
      : "The reply has no perception block.")];
  }
  if (!turn.wrong.length) return [make("p", "empty", "The cells are right, but the block is not in the form asked for.")];
  const lines = turn.wrong.map((wrong, index) => {
    const line = textNode("li", "", wrongText(wrong));
    line.tabIndex = 0;
    linkWrong(line, index);
    return line;
  });
  return [make("h3", "", `${plural(turn.wrong.length, "cell")} wrong or left out`), make("ul", "", ...lines)];
}

// Others on the same level

function showGroup(episode) {
  const siblings = groups.get(episode.group);
  byId("group").hidden = siblings.length < 2;
  byId("group-title").textContent = episode.advantage !== null
    ? `The group: ${siblings.length} samples of this level learn from each other`
    : `${siblings.length} repeats of this level`;
  const cards = siblings.map((sibling) => siblingCard(sibling, episode));
  byId("siblings").replaceChildren(...cards);
  byId("siblings").scrollLeft = cards[siblings.indexOf(episode)].offsetLeft - cards[0].offsetLeft - 60;
}

function siblingCard(sibling, episode) {
  const turn = sibling.turns[Math.min(state.turn, sibling.length - 1)];
  const own = episode.turns[state.turn];
  const heading = make("button", "", `no. ${sibling.sample}`,
    make("span", `number ${sign(sibling.reward)}`, number(sibling.reward, true)));
  heading.type = "button";
  heading.setAttribute("aria-current", String(sibling === episode));
  heading.addEventListener("click", () => select(sibling, state.turn));
  const picture = turn.image !== own.image && data.images[turn.image] ? make("img") : null;
  if (picture) { picture.src = data.images[turn.image]; picture.alt = ""; }
  const facts = [turn.status, turn.exact ? "seen right" : "seen wrong",
    turn.advantage === null ? "" : `advantage ${number(turn.advantage, true)}`];
  const said = turn.segments.filter(([kind]) => kind !== "perception").map(([, text]) => text.trim()).join("\n");
  return make("article", sibling === episode ? "sibling current" : "sibling", heading, make("div", "body", picture,
    textNode("b", "", turn.action ?? "no action"), make("span", turn.status, facts.filter(Boolean).join(" \u00b7 ")),
    textNode("pre", "", said)));
}

/** Show an episode of the page; the filters make way when they hide it. */
function select(episode, turn) {
  if (!state.shown.includes(episode)) {
    byId("filters").reset();
    applyFilters();
  }
  show(state.shown.indexOf(episode), turn);
}

// Keys and buttons

const step = (turns) => show(state.place, state.turn + turns);
const jump = (episodes) => show(Math.max(0, Math.min(state.place + episodes, state.shown.length - 1)), 0);

function toggleMarks() {
  const off = byId("marks").classList.toggle("off");
  byId("toggle-marks").setAttribute("aria-pressed", String(!off));
}

const KEYS = {
  ArrowLeft: () => step(-1), ArrowRight: () => step(1), ArrowUp: () => jump(-1), ArrowDown: () => jump(1),
  Home: () => show(state.place, 0), End: () => show(state.place, Infinity), m: toggleMarks,
  "/": () => { byId("side").classList.add("open"); syncSide(); byId("f-text").focus(); },
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("select, input:not([type=range])");
  if (typing && event.key === "Escape") event.target.blur();
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (typing || event.ctrlKey || event.altKey || event.metaKey || !act) return;
  event.preventDefault();
  act();
});

function syncSide() {
  byId("show-side").setAttribute("aria-expanded", String(byId("side").classList.contains("open")));
}

/** Let the address name what is shown. */
function keepPlace(hash) {
  try { history.replaceState(null, "", hash); } catch { /* Some browsers refuse while a key is held down. */ }
}

function openPlace() {
  const [, id, turn] = location.hash.match(/^#(\d+)\.(\d+)$/) ?? [];
  if (data.episodes[id]) select(data.episodes[id], Number(turn) - 1);
}

setText(byId("run"), data.run);
setText(byId("note"), data.note);
fillSelect("f-task", data.episodes.map((episode) => episode.task), shortGame);
fillSelect("f-where", data.episodes.map((episode) => episode.where).filter(Boolean));
fillSelect("f-status", data.episodes.flatMap((episode) => episode.turns.map((turn) => turn.status)));
fillSelect("f-stop", data.episodes.map((episode) => episode.stop));
if (!data.training) byId("f-sort").querySelectorAll("[value$=advantage]").forEach((option) => option.remove());
byId("more").open = matchMedia("(min-width: 901px)").matches;
byId("filters").addEventListener("input", applyFilters);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
const BUTTONS = { first: "Home", previous: "ArrowLeft", next: "ArrowRight", last: "End" };
for (const [id, key] of Object.entries(BUTTONS)) byId(id).addEventListener("click", KEYS[key]);
byId("slider").addEventListener("input", () => show(state.place, byId("slider").valueAsNumber - 1));
byId("toggle-marks").addEventListener("click", toggleMarks);
byId("show-side").addEventListener("click", () => { byId("side").classList.toggle("open"); syncSide(); });
byId("board").addEventListener("load", ({ target }) => {
  byId("frame").style.setProperty("--ratio", target.naturalWidth / target.naturalHeight);
  target.classList.toggle("tiny", target.naturalWidth < 300);
});
addEventListener("hashchange", openPlace);
const asked = location.hash;
applyFilters();
if (asked) { keepPlace(asked); openPlace(); }
