// One phone: its chat, its typing box, what it sends.

import { day, language, say, size, time } from "./words.js";

const MOST_BYTES = 50 * 2 ** 20;
const MOST_FILES = 10;

const ICONS = {
  attach: "M16.5 6.5 9 14a2 2 0 0 0 3 3l7.5-7.5a4 4 0 0 0-6-6L6 11a6 6 0 0 0 8.5 8.5L20 14",
  voice: "M12 3.5a3 3 0 0 0-3 3V12a3 3 0 0 0 6 0V6.5a3 3 0 0 0-3-3zM6 11.5a6 6 0 0 0 12 0M12 17.5v3",
  send: "M4 12 20 4.5 14.5 20l-3-6.5zM11.5 13.5 20 4.5",
  check: "m5 12.5 4.5 4.5L19 7.5",
  waiting: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2",
  failed: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V13M12 16v.5",
  file: "M7 3.5h7l4 4V20.5H7zM14 3.5v4h4",
  photo: "M4 5.5h16v13H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  location: "M12 21s-6.5-6.5-6.5-11a6.5 6.5 0 0 1 13 0C18.5 14.5 12 21 12 21zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  number: "M8 3.5h8v17H8zM11 17.5h2",
  close: "m6.5 6.5 11 11m0-11-11 11",
};

// An element with attributes (`on...` are listeners, false and null are left out) and children.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null && child !== ""));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function hidden(words) {
  return el("span", { class: "hidden" }, words);
}

// The server's answer; throws an Error whose message is the key of its words.
export async function post(path, body) {
  const form = body instanceof FormData;
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      body: form ? body : JSON.stringify(body),
      headers: form ? {} : { "Content-Type": "application/json" },
    });
  } catch {
    throw new Error("network");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error ?? (answer.status === 413 ? "too_large" : "other"));
  return said;
}

export class Chat {
  // `phone` is {key, chat, role, name, unit, start}; `onnews` is called when the bot wrote something.
  constructor(phone, onnews) {
    this.phone = phone;
    this.onnews = onnews;
    this.shown = []; // {message, node}, in the order of the chat.
    this.files = []; // {file, field} to go with the next message.
    this.line = Promise.resolve(); // One message after the other, as a messenger keeps their order.
    this.loading = true;
    this.build();
  }

  get role() {
    return say(`role_${this.phone.role}`);
  }

  build() {
    const { key, name, unit, role, messenger } = this.phone;
    const title = `name-${key}`;
    this.log = el("div", {
      class: "log", role: "log", "aria-live": "polite", "aria-busy": "true", tabindex: "0",
      "aria-label": say("chat_of", { name }),
    });
    this.blank = el("p", { class: "blank" }, say("empty"));
    this.log.append(this.blank);
    this.notice = el("p", { class: "notice", role: "alert", hidden: true });
    this.share = el("div", { class: "share", hidden: true });
    this.starter = el("div", { class: "starter", hidden: true },
      el("button", { type: "button", class: "strong", "data-start": true, onclick: () => this.begin() }, say("start")));
    this.node = el("section", { class: "phone", "data-phone": key, "data-role": role, "data-messenger": messenger, "aria-labelledby": title },
      el("header", {},
        el("span", { class: "face", "aria-hidden": "true" }, initials(name)),
        el("div", { class: "owner" },
          el("h2", { id: title }, name, " ", el("span", { class: "role" }, this.role),
            messenger === "webchat" ? null : el("span", { class: "messenger" }, say(`messenger_${messenger}`))),
          unit ? el("p", { class: "unit", title: unit }, unit) : null)),
      this.log, this.notice, this.share, this.starter, this.composer());
    // Whoever reads further up stays there; otherwise the end stays in view, whatever grows (a picture, the typing box).
    this.below = true;
    let top = 0;
    this.log.addEventListener("scroll", () => {
      if (this.atBottom()) this.below = true;
      else if (this.log.scrollTop < top) this.below = false;
      top = this.log.scrollTop;
    }, { passive: true });
    new ResizeObserver(() => this.scroll()).observe(this.log);
  }

  composer() {
    this.box = el("textarea", {
      rows: 1, maxlength: 4096, placeholder: say("type"), "aria-label": say("type"), "data-box": true,
      oninput: () => this.ready(),
      onkeydown: (event) => {
        // A word that an input method is still composing (Telex, VNI) is not finished by this Enter.
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          this.sendTyped();
        }
      },
      onpaste: (event) => {
        if (event.clipboardData.files.length) {
          event.preventDefault();
          this.add([...event.clipboardData.files], "media");
        }
      },
    });
    const pick = (field, accept) => el("input", {
      type: "file", multiple: true, hidden: true, accept, "data-pick": field, tabindex: "-1",
      onchange: (event) => { this.add([...event.target.files], field); event.target.value = ""; },
    });
    this.media = pick("media", "image/*,video/*");
    this.document = pick("document", null);
    this.menu = el("div", { class: "menu", hidden: true, id: `menu-${this.phone.key}` },
      this.entry("photo", "attach_media", () => this.media.click()),
      this.entry("file", "attach_document", () => this.document.click()),
      this.entry("location", "attach_location", () => this.give("location")));
    this.opener = this.tool("attach", "attach", () => this.toggle(this.menu.hidden));
    this.opener.setAttribute("aria-expanded", "false");
    this.opener.setAttribute("aria-controls", this.menu.id);
    this.mic = this.tool("record", "voice", () => this.record());
    this.go = el("button", { type: "submit", class: "tool go", "aria-label": say("send"), title: say("send"), "data-send": true, hidden: true }, icon("send"));
    this.tray = el("ul", { class: "tray", "aria-label": say("attached"), hidden: true });
    this.meter = el("span", { class: "meter", role: "timer" });
    this.taping = el("div", { class: "taping", hidden: true }, el("span", { class: "dot", "aria-hidden": "true" }), this.meter,
      el("button", { type: "button", class: "quiet", "data-voice": "cancel", onclick: () => this.tape?.end(false) }, say("cancel")),
      el("button", { type: "button", class: "strong", "data-voice": "send", onclick: () => this.tape?.end(true) }, say("stop")));
    this.typing = el("div", { class: "typing" }, this.opener, this.box, this.mic, this.go);
    this.form = el("form", {
      class: "composer",
      onsubmit: (event) => { event.preventDefault(); this.sendTyped(); },
      onkeydown: (event) => { if (event.key === "Escape" && !this.menu.hidden) { this.toggle(false); this.opener.focus(); } },
      onfocusout: (event) => { if (!this.menu.contains(event.relatedTarget) && event.relatedTarget !== this.opener) this.toggle(false); },
      ondragover: (event) => event.preventDefault(),
      ondrop: (event) => { event.preventDefault(); this.add([...event.dataTransfer.files], "media"); },
    }, this.menu, this.tray, this.taping, this.typing, this.media, this.document);
    return this.form;
  }

  tool(hook, word, onclick) {
    return el("button", { type: "button", class: "tool", "aria-label": say(word), title: say(word), [`data-${hook}`]: true, onclick }, icon(word));
  }

  entry(name, word, onclick) {
    return el("button", { type: "button", [`data-${word.replace("_", "-")}`]: true, onclick: () => { this.toggle(false); onclick(); } },
      icon(name), say(word));
  }

  toggle(open) {
    this.menu.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    if (open) this.menu.querySelector("button").focus();
  }

  // What goes out.

  begin() {
    this.deliver({ start: this.phone.start }, { text: "/start" });
    this.box.focus();
  }

  sendTyped() {
    const text = this.box.value.trim();
    if (!text && !this.files.length) return;
    const files = this.files;
    this.box.value = "";
    this.files = [];
    this.showTray();
    this.ready();
    if (files.length) this.upload(files, text);
    else this.deliver({ text }, { text });
    this.box.focus();
  }

  upload(files, text) {
    const form = new FormData();
    if (text) form.append("text", text);
    for (const { file, field } of files) form.append(field, file, file.name);
    const names = files.map(({ file, field }) => ({ kind: field === "voice" ? "voice" : "document", name: file.name, size: file.size }));
    this.deliver(form, { text, files: names });
  }

  give(what) {
    this.deliver({ share: what }, { text: say(what === "phone" ? "number" : "location") });
  }

  // Sends one message and shows it at once; the server's copy, which has the same key, takes its place.
  deliver(body, look) {
    const key = crypto.randomUUID();
    const common = { id: key, chat: this.phone.chat, language };
    if (body instanceof FormData) for (const [name, value] of Object.entries(common)) body.append(name, value);
    else body = { ...common, ...body };
    const draft = { key, id: Infinity, mine: true, state: "waiting", at: this.now(), files: [], rows: [], ...look };
    const go = () => {
      this.say("");
      this.line = this.line.then(() => post(body instanceof FormData ? "/api/upload" : "/api/send", body)).catch((error) => this.failed(key, error));
      return this.line;
    };
    this.show({ ...draft, again: go });
    this.tidy(true);
    return go();
  }

  failed(key, error) {
    const entry = this.shown.find(({ message }) => message.mine && message.key === key);
    if (entry) this.show({ ...entry.message, state: "failed" });
    this.say(say(`error_${error.message}`));
  }

  async press(message, button, node) {
    node.setAttribute("aria-busy", "true");
    this.say("");
    this.line = this.line
      .then(() => post("/api/send", {
        id: crypto.randomUUID(), chat: this.phone.chat, language, token: button.token, pressed: String(message.id),
      }))
      .catch(() => this.say(say("error_press")));
    await this.line;
    node.removeAttribute("aria-busy");
  }

  add(files, field) {
    this.say("");
    for (const file of files) {
      if (this.files.length === MOST_FILES) return this.say(say("error_too_many_files"));
      if (this.files.reduce((sum, each) => sum + each.file.size, file.size) > MOST_BYTES) return this.say(say("error_too_large"));
      this.files.push({ file, field });
      this.showTray();
      this.ready();
    }
    this.box.focus();
  }

  showTray() {
    this.tray.hidden = !this.files.length;
    this.tray.replaceChildren(...this.files.map((each) => el("li", {},
      icon(each.field === "media" ? "photo" : "file"), el("span", {}, each.file.name),
      el("button", {
        type: "button", "aria-label": say("remove", { name: each.file.name }),
        onclick: () => { this.files = this.files.filter((other) => other !== each); this.showTray(); this.ready(); this.box.focus(); },
      }, icon("close")))));
  }

  ready() {
    const something = Boolean(this.box.value.trim() || this.files.length);
    this.go.hidden = !something;
    this.mic.hidden = something;
  }

  async record() {
    this.say("");
    let tape;
    try {
      tape = new Tape(await navigator.mediaDevices.getUserMedia({ audio: true }));
    } catch {
      return this.say(say("error_microphone"));
    }
    this.tape = tape;
    this.typing.hidden = true;
    this.taping.hidden = false;
    this.taping.querySelector("[data-voice=send]").focus();
    const tick = () => { this.meter.textContent = say("recording", { time: tape.elapsed() }); };
    tick();
    const clock = setInterval(tick, 500);
    const sound = await tape.done;
    clearInterval(clock);
    this.tape = null;
    this.taping.hidden = true;
    this.typing.hidden = false;
    if (sound) this.upload([{ file: sound, field: "voice" }], "");
    this.box.focus();
  }

  say(words) {
    this.notice.textContent = words;
    this.notice.hidden = !words;
  }

  // What comes in.

  receive(messages) {
    const wrote = messages.filter((message) => this.show(message) && !message.mine);
    this.tidy(messages.some((message) => message.mine));
    if (wrote.length && !this.loading) this.onnews(this, wrote.length);
  }

  loaded() {
    this.loading = false;
    this.log.setAttribute("aria-busy", "false");
    this.tidy(true);
  }

  // Shows a message or what changed about it; true when it was not there before.
  show(message) {
    const before = this.shown.find((entry) => (message.mine ? entry.message.key === message.key : entry.message.id === message.id));
    if (!before) {
      const entry = { message, node: this.bubble(message) };
      this.place(entry);
      this.refresh(entry);
      return true;
    }
    const moved = before.message.id !== message.id;
    before.message = { ...before.message, ...message };
    if (moved) {
      // The server's copy of what was shown at once: a text stays as it is (it was read out already), the rest is now complete.
      if (message.files.length || message.location || message.phone) {
        before.node.remove();
        before.node = this.bubble(before.message);
      }
      this.shown.splice(this.shown.indexOf(before), 1);
      this.place(before);
    }
    this.refresh(before);
    return false;
  }

  place(entry) {
    let at = this.shown.length;
    while (at > 0 && this.shown[at - 1].message.id > entry.message.id) at -= 1;
    const next = this.shown[at]?.node ?? null;
    this.shown.splice(at, 0, entry);
    if (entry.node.parentNode !== this.log || entry.node.nextSibling !== next) this.log.insertBefore(entry.node, next);
  }

  bubble(message) {
    const parts = [
      hidden(message.mine ? `${say("you")}: ` : `${say("bot")}: `),
      message.files.length ? this.filesOf(message) : null,
      message.location ? el("p", { class: "given" }, icon("location"), `${say("location")}: ${message.location.join(", ")}`) : null,
      message.phone ? el("p", { class: "given" }, icon("number"), message.phone) : null,
      message.text ? el("p", { class: "text" }, message.text) : null,
      el("p", { class: "foot" }, el("time", { datetime: message.at }, time(message.at)), message.mine ? el("span", { class: "state" }) : null),
    ];
    return el("div", { class: `message ${message.mine ? "mine" : "theirs"}`, "data-message": message.mine ? "mine" : "bot" },
      el("p", { class: "day", hidden: true }, day(message.at)),
      el("div", { class: "bubble" }, ...parts),
      message.rows.length ? this.buttons(message) : null);
  }

  buttons(message) {
    return el("div", { class: "rows", role: "group", "aria-label": say("buttons") },
      ...message.rows.map((row) => el("div", { class: "row" }, ...row.map((button) => {
        const node = el("button", { type: "button", "data-token": button.token }, el("span", {}, button.label));
        node.addEventListener("click", () => this.press(message, button, node));
        return node;
      }))));
  }

  filesOf(message) {
    return el("div", { class: "files" }, ...message.files.map((file) => {
      const src = file.ref && `/api/file/${encodeURIComponent(file.ref)}`;
      const name = file.kind === "voice" ? say("recorded_name") : file.name || say(file.kind === "photo" ? "photo" : "file");
      if (src && file.kind === "photo") {
        return el("img", { src, alt: `${say("photo")}: ${name}`, onload: () => this.scroll() });
      }
      if (src && file.kind === "video") return el("video", { src, controls: true, preload: "metadata", "aria-label": name, onloadedmetadata: () => this.scroll() });
      if (src && (file.kind === "voice" || file.kind === "audio")) {
        return el("figure", {}, el("figcaption", {}, icon("voice"), name), el("audio", { src, controls: true, preload: "metadata", "aria-label": name }));
      }
      const label = [icon("file"), el("span", { class: "name" }, name), el("span", { class: "size" }, size(file.size))];
      return src ? el("a", { href: src, download: file.name || true, class: "doc" }, ...label) : el("span", { class: "doc" }, ...label);
    }));
  }

  refresh({ message, node }) {
    node.classList.toggle("failed", message.state === "failed");
    if (message.mine) {
      const state = node.querySelector(".state");
      if (state.dataset.state !== message.state) {
        state.dataset.state = message.state;
        state.replaceChildren(icon({ sent: "check" }[message.state] ?? message.state), hidden(say(message.state)));
        if (message.state === "failed") {
          state.append(el("span", { "aria-hidden": "true" }, say("failed")));
          const again = message.again ?? (message.text && !message.files.length ? () => this.repeat(message) : null);
          if (again) state.append(el("button", { type: "button", class: "again", onclick: () => { this.show({ ...message, state: "waiting" }); again(); } }, say("again")));
        }
      }
    }
    for (const button of node.querySelectorAll("[data-token]")) {
      const pressed = button.dataset.token === message.pressed;
      if (pressed === button.classList.contains("pressed")) continue;
      button.classList.toggle("pressed", pressed);
      button.querySelector(".mark")?.remove();
      if (pressed) button.prepend(el("span", { class: "mark" }, icon("check"), hidden(`${say("pressed")}: `)));
    }
  }

  // A text whose sending failed in an earlier life of the page.
  repeat(message) {
    const body = { id: message.key, chat: this.phone.chat, language, text: message.text };
    this.line = this.line.then(() => post("/api/send", body)).catch((error) => this.failed(message.key, error));
  }

  now() {
    return document.querySelector("#clock").dateTime || new Date().toISOString();
  }

  // Day lines, the start button, the share button, and the end of the chat in view.
  tidy(follow) {
    let before = "";
    for (const { message, node } of this.shown) {
      const today = day(message.at);
      node.querySelector(".day").hidden = today === before;
      before = today;
    }
    const empty = !this.shown.length;
    this.blank.hidden = !empty;
    this.starter.hidden = !empty || this.loading;
    this.form.hidden = empty;
    this.offer();
    this.scroll(follow);
  }

  // The share button stands from the message that asks for it until the person does something.
  offer() {
    const asking = this.shown.findLast(({ message }) => !message.mine && message.request)?.message;
    const done = asking && this.shown.some(({ message }) =>
      message.mine ? message.id > asking.id : message.pressed && message.seq > asking.id);
    const open = asking && !done;
    if (!open) this.share.hidden = true;
    if (!open || (!this.share.hidden && this.share.dataset.message === String(asking.id))) return;
    this.share.dataset.message = asking.id;
    this.share.hidden = false;
    this.share.replaceChildren(el("button", { type: "button", "data-share": asking.request, onclick: () => this.give(asking.request) },
      icon(asking.request === "phone" ? "number" : "location"), asking.request_label));
  }

  atBottom() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
  }

  scroll(follow = false) {
    this.below ||= follow;
    if (this.below) this.log.scrollTop = this.log.scrollHeight;
  }
}

// A recording: `done` resolves to a sound file, or null when it was cancelled.
class Tape {
  constructor(stream) {
    this.since = performance.now();
    this.recorder = new MediaRecorder(stream);
    const pieces = [];
    this.recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    this.done = new Promise((resolve) => this.recorder.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      const type = this.recorder.mimeType.split(";")[0] || "audio/webm";
      resolve(this.wanted ? new File(pieces, `voice.${type.split("/")[1]}`, { type }) : null);
    }));
    this.recorder.start();
  }

  end(wanted) {
    this.wanted = wanted;
    if (this.recorder.state !== "inactive") this.recorder.stop();
  }

  elapsed() {
    const seconds = Math.floor((performance.now() - this.since) / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

// The first letter of the first and the last word: "Nguyễn Thị Lan" is "NL".
function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toUpperCase()).join("");
}
