// The page: phones side by side, the clock, what just happened.

import { Chat, el, hidden, icon, post } from "./chat.js";
import { day, language, say, time, when } from "./words.js";

const MOST_LINES = 300; // Lines of "what just happened" that stay on the page.
const ICON_OF = { event: "file", waiting: "waiting", sent: "check", failed: "failed", due: "waiting", clock: "waiting" };

const find = (selector) => document.querySelector(selector);
const chats = new Map(); // By chat id.
let life = null;
let ready = false;

function fillWords() {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = say(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", say(node.dataset.label));
  const link = find("#language");
  link.append(el("span", { class: "long" }, say("other_language")), el("span", { class: "short", "aria-hidden": "true" }, say("other_language_code").toUpperCase()));
  link.lang = link.hreflang = say("other_language_code");
  link.href = `?lang=${say("other_language_code")}`;
}

// The stream of everything.

function listen() {
  const stream = new EventSource(`/api/stream?lang=${language}`);
  const on = (name, act) => stream.addEventListener(name, (event) => act(JSON.parse(event.data)));
  on("life", (data) => {
    status("");
    if (life && life !== data.life) location.reload();
    life = data.life;
  });
  on("phones", (phones) => phones.forEach(showPhone));
  on("clock", showClock);
  on("messages", (messages) => {
    for (const [id, chat] of chats) {
      const own = messages.filter((message) => message.chat === id);
      if (own.length) chat.receive(own);
    }
  });
  on("happenings", showHappenings);
  on("cases", showCases);
  on("ready", () => {
    ready = true;
    for (const chat of chats.values()) if (chat.loading) chat.loaded();
    document.body.dataset.ready = "true";
  });
  stream.addEventListener("error", () => {
    status(say("lost"), true);
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

// Says what is going on: read out, and seen by everybody where something is wrong.
function status(words, bad = false) {
  const node = find("#status");
  node.textContent = words;
  node.classList.toggle("bad", bad);
}

// Phones and tabs.

function showPhone(phone) {
  if (chats.has(phone.chat)) return chats.get(phone.chat);
  const chat = new Chat(phone, (from, count) => {
    if (document.body.dataset.view !== from.phone.key) unread(from, (from.unread ?? 0) + count);
    glow(from.node);
  });
  chats.set(phone.chat, chat);
  find("#phones").append(chat.node);
  const number = phone.key.split("-")[1];
  chat.tab = tab(phone.key, say(`tab_${phone.role}`) + (number ? ` ${number}` : ""), `${phone.name}, ${chat.role}`);
  chat.tab.dataset.role = phone.role;
  find("#tabs").insertBefore(chat.tab, find("[data-tab=panel]"));
  if (ready) chat.loaded();
  look(document.body.dataset.view);
  return chat;
}

function tab(key, words, title = "") {
  return el("button", { type: "button", "data-tab": key, title, onclick: () => look(key) },
    el("span", { class: "word" }, words), el("span", { class: "badge", hidden: true }));
}

// Shows one phone, or the panel, where there is room for one only.
function look(key) {
  document.body.dataset.view = key;
  for (const node of document.querySelectorAll("[data-tab]")) {
    node.setAttribute("aria-current", String(node.dataset.tab === key));
    if (node.dataset.tab === key) node.scrollIntoView({ inline: "nearest", block: "nearest" });
  }
  for (const chat of chats.values()) {
    chat.node.classList.toggle("current", chat.phone.key === key);
    if (chat.phone.key === key) {
      unread(chat, 0);
      chat.scroll();
    }
  }
}

function unread(chat, count) {
  chat.unread = count;
  const badge = chat.tab.querySelector(".badge");
  badge.hidden = !count;
  badge.replaceChildren(el("span", { "aria-hidden": "true" }, String(count)), hidden(say("unread", { count })));
}

function glow(node) {
  node.classList.remove("fresh");
  requestAnimationFrame(() => node.classList.add("fresh"));
}

// The clock.

function showClock(now) {
  const clock = find("#clock");
  clock.dateTime = now;
  clock.textContent = when(now);
}

async function push(button) {
  const buttons = document.querySelectorAll(".pushes button");
  for (const each of buttons) each.setAttribute("aria-disabled", "true");
  status(say("pushing"));
  try {
    const { now } = await post("/api/clock", { hours: Number(button.dataset.hours ?? 0), working_days: Number(button.dataset.days ?? 0) });
    showClock(now);
    status(say("pushed", { when: when(now) }));
  } catch {
    status(say("error_clock"), true);
  }
  for (const each of buttons) each.removeAttribute("aria-disabled");
}

// What just happened.

function showHappenings(lines) {
  const list = find("#happenings");
  for (const line of lines) {
    const above = list.firstElementChild;
    const today = day(line.at);
    if (above?.dataset.day !== today) list.prepend(el("li", { class: "day", "data-day": today }, today));
    // The newest stands first, below the line of its day.
    list.firstElementChild.after(el("li", { class: `line kind-${line.kind}`, "data-happening": line.kind },
      el("span", { class: "mark", title: say(`kind_${line.kind}`) }, icon(ICON_OF[line.kind]), hidden(`${say(`kind_${line.kind}`)}: `)),
      el("span", { class: "what" }, line.text), el("time", { datetime: line.at }, time(line.at))));
  }
  while (list.children.length > MOST_LINES) list.lastElementChild.remove();
  find("#no-happenings").hidden = list.children.length > 0;
}

function showCases(cases) {
  find("#no-cases").hidden = cases.length > 0;
  find("#cases").replaceChildren(...cases.map((each) => el("li", { class: each.overdue ? "late" : "", "data-case": each.code },
    el("p", { class: "top" }, el("span", { class: "code" }, each.code), el("span", { class: "standing" }, each.status)),
    el("p", { class: "unit" }, each.unit),
    el("p", { class: "due" }, each.due ? say("due", { when: each.left || day(each.due) }) : say("no_due"),
      each.overdue ? el("strong", {}, say("overdue")) : null))));
}

// Another phone.

const MESSENGERS = ["webchat", "zalo_oa", "zalo_bot"];
const ROLES = ["citizen", "unit_head", "deputy_head", "handler", "intake_officer", "supervisor", "admin"];

function prepareOpener() {
  const dialog = find("#opener");
  const role = find("#opener-role");
  const messenger = find("#opener-messenger");
  const search = find("#opener-search");
  const found = find("#opener-found");
  const error = find("#opener-error");
  let unit = null;
  let turn = 0;
  let timer = 0;

  const complain = (key) => {
    error.textContent = key ? say(`error_${key}`) : "";
    error.hidden = !key;
  };
  const hint = () => { find("#opener-hint").textContent = say(role.value === "citizen" ? "open_unit_citizen" : "open_unit_hint"); };
  const choose = (each, node) => {
    unit = each;
    for (const other of found.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === node));
    find("#opener-count").textContent = say("open_unit_chosen", { name: each.name });
    complain("");
  };
  const look_up = async () => {
    const mine = ++turn;
    const text = search.value.trim();
    unit = null;
    const units = text ? (await (await fetch(`/api/units?q=${encodeURIComponent(text)}`)).json()).units : [];
    if (mine !== turn) return; // A later key was faster.
    find("#opener-count").textContent = !text ? "" : units.length ? say("open_unit_found", { count: units.length }) : say("open_unit_none");
    found.replaceChildren(...units.map((each) => {
      const node = el("button", { type: "button", "aria-pressed": "false", "data-unit": each.code },
        el("span", { class: "name" }, each.name), el("span", { class: "parent" }, each.parent));
      node.addEventListener("click", () => choose(each, node));
      return el("li", {}, node);
    }));
  };

  messenger.append(...MESSENGERS.map((each) => el("option", { value: each }, say(`messenger_${each}_long`))));
  role.append(...ROLES.map((each) => el("option", { value: each }, say(`role_${each}`))));
  role.addEventListener("change", () => { hint(); complain(""); });
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => look_up().catch(() => complain("other")), 150);
  });
  find("#opener-close").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const { phone } = await post("/api/phones", { role: role.value, unit: unit?.code ?? null, messenger: messenger.value });
      dialog.close();
      const chat = showPhone(phone);
      look(phone.key);
      chat.node.scrollIntoView({ inline: "end", block: "nearest" });
      (chat.node.querySelector("[data-start]:not([hidden])") ?? chat.box).focus();
    } catch (failure) {
      complain(failure.message);
    }
  });
  const open = () => {
    search.value = "";
    look_up();
    hint();
    complain("");
    dialog.showModal();
  };
  find("#another").addEventListener("click", open);
  find("#tabs").append(tab("panel", say("panel")),
    el("button", { type: "button", class: "plus", "aria-label": say("another"), title: say("another"), onclick: open }, "+"));
}

fillWords();
prepareOpener();
for (const button of document.querySelectorAll(".pushes button")) {
  button.addEventListener("click", () => { if (!button.hasAttribute("aria-disabled")) push(button); });
}
listen();
