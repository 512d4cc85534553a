// Keeps the program for visits without a network. A page is asked of the server first, for it names the build; what belongs to a build is asked
// once. The full fonts are kept when they were needed; the lessons' pages are left to the browser. Nothing but this folder's own files is fetched.
'use strict';

// Other sites may lie under the same origin.
const kVersion = '@VERSION@', kOurs = 'kafkascope:' + new URL(self.registration.scope).pathname + ':', kCache = kOurs + kVersion;
const kBuild = ['page.css', 'page.js', 'kafkascope.js', 'kafkascope.wasm', 'kafkascope.data'].map((file) => `${file}?v=${kVersion}`);

const kFiles = ['./', 'index.html', 'embed.html', 'icon.svg'];

// What is called by its build the page has just loaded: the browser's own cache has it. Of the others it may have those of the build before.
self.addEventListener('install', (event) => {
  const asked = (files, cache) => files.map((file) => new Request(file, {cache}));
  event.waitUntil(caches.open(kCache).then((cache) => cache.addAll([...asked(kFiles, 'reload'), ...asked(kBuild, 'force-cache')])));
});
self.addEventListener('activate', (event) => {
  const old = (names) => names.filter((name) => name.startsWith(kOurs) && name !== kCache);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))));
});
self.addEventListener('fetch', (event) => {
  const {scope} = self.registration, {url} = event.request;
  if (event.request.method !== 'GET' || !url.startsWith(scope) || url.startsWith(scope + 'lessons/')) return;
  const kept = () => caches.match(event.request, {ignoreSearch: event.request.mode === 'navigate'});
  if (event.request.mode === 'navigate')
    event.respondWith(fetch(event.request, {cache: 'no-cache'}).catch(() => kept().then((answer) => answer || caches.match('index.html'))));
  else event.respondWith(kept().then((answer) => answer || fetch(event.request).then((fetched) => {
    if (!fetched.ok || !url.startsWith(scope + 'fonts/')) return fetched;
    const copy = fetched.clone();
    event.waitUntil(caches.open(kCache).then((cache) => cache.put(event.request, copy)));
    return fetched;
  })));
});
