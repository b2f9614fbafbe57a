"use strict";
// What was recorded becomes text nodes; nothing is ever parsed as markup.

const NAMES = { perception: "Perception", think: "Thinking", answer: "Answer", outside: "Outside the blocks" };
// Characters that change how others are shown, or show nothing: direction marks, control and zero-width characters.
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
const codeOf = (character) => "U+" + character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");

/** The text on one line with its hidden characters spelled out. */
const plain = (text) => [...String(text)].map((c) => (HIDDEN.test(c) ? `[${codeOf(c)}]` : c)).join("");

/** Fill a node with text; hidden characters are seen as their codes. */
function setText(node, text) {
  const parts = String(text).split(new RegExp(`(${HIDDEN.source})`));
  node.replaceChildren(...parts.filter(Boolean).map((part) =>
    part.length === 1 && HIDDEN.test(part) ? make("span", "control", codeOf(part)) : document.createTextNode(part)));
  return node;
}

/** A new element with a class and children; strings become text. */
function make(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null));
  return node;
}

const textNode = (tag, className, text) => setText(make(tag, className), text);

/** A number with a sign where asked for, at most three digits behind the point. */
function number(value, signed = false) {
  if (value === null || value === undefined) return "none";
  const text = String(Math.abs(Math.round(value * 1000) / 1000));
  return (value < 0 && text !== "0" ? "\u2212" : signed && value > 0 ? "+" : "") + text;
}

const sign = (value) => (value > 0 ? "positive" : value < 0 ? "negative" : "");
const words = (text) => String(text).replaceAll("_", " ");
const shortGame = (task) => task.replace(/^games\//, "").replace(/-v\d+$/, "");

/** A level in words, without the name of its game or task; seeds are long, and their ends tell them apart. */
function levelName(level) {
  const name = level.replace(/^.*[:/]/s, "").replace(/^0+(?=\d)/, "");
  const short = /^\d{13,}$/.test(name) ? "\u2026" + name.slice(-6) : name;
  return /^level\b/.test(short) ? short : `level ${short}`;
}

const sum = (numbers) => numbers.reduce((total, value) => total + (value ?? 0), 0);
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** What is wrong about a cell; one that is stated twice counts as not stated. */
const wrongText = ([cell, said, truth]) =>
  `${cell} ${said === null ? "left out or said twice" : `said ${said}`}, is ${truth}`;
