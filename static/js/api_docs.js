/* Sends what a "Try" form says, and shows the answer as it came. */
"use strict";

const token = document.getElementById("token");

function callOf(form) {
  const query = new URLSearchParams();
  const headers = {};
  let path = form.dataset.path;
  for (const field of form.querySelectorAll("[data-in]")) {
    const { name, value } = field;
    if (!value) continue;
    if (field.dataset.in === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    if (field.dataset.in === "header") headers[name] = value;
    if (field.dataset.in === "query") query.append(name, value);
  }
  const key = token.querySelector("#key").value.trim();
  if (key) headers.Authorization = `Bearer ${key}`;
  else headers["X-CSRFToken"] = token.querySelector("[name=csrfmiddlewaretoken]").value;
  const call = { method: form.dataset.method, headers };
  if (form.elements.body) {
    headers["Content-Type"] = "application/json";
    call.body = form.elements.body.value;
  }
  return [String(query) ? `${path}?${query}` : path, call];
}

async function send(form) {
  const answer = form.querySelector(".answer");
  answer.hidden = false;
  answer.textContent = "…";
  try {
    const response = await fetch(...callOf(form));
    const body = await response.text();
    const told = ["etag", "location", "link", "retry-after"]
      .filter((name) => response.headers.has(name))
      .map((name) => `${name}: ${response.headers.get(name)}\n`);
    const json = response.headers.get("content-type")?.includes("json");
    const shown = json && body ? JSON.stringify(JSON.parse(body), null, 2) : body;
    answer.textContent = `${response.status} ${response.statusText}\n${told.join("")}\n${shown}`;
  } catch (problem) {
    answer.textContent = `${answer.dataset.none}: ${problem.message}`;
  }
}

for (const form of document.querySelectorAll("form.try")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
