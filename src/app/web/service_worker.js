// Keeps the program for visits without a network. A page is requested from the server first, because it names the
// build; the files of a build are requested once. The full fonts are kept once they have been needed; the lessons'
// pages and the licences are left to the browser. Only this folder's own files are fetched.
'use strict';

// Other sites may share the origin.
const kVersion = '@VERSION@', kOurs = 'kafkascope:' + new URL(self.registration.scope).pathname + ':', kCache = kOurs + kVersion;
const kBuild = ['page.css', 'words.js', 'page.js', 'kafkascope.js', 'kafkascope.wasm', 'kafkascope.data'].map((file) => `${file}?v=${kVersion}`);

const kFiles = ['./', 'index.html', 'embed.html', 'icon.svg'];
const kReading = ['lessons/', 'licenses/'];

// The page has just loaded the files that are named by their build, and has handed over the large ones. Of the other
// files the browser's own cache may have the previous build's.
async function keep() {
  const cache = await caches.open(kCache), had = await Promise.all(kBuild.map((file) => cache.match(file)));
  const asked = (files, how) => files.map((file) => new Request(file, {cache: how}));
  await cache.addAll([...asked(kFiles, 'reload'), ...asked(kBuild.filter((file, i) => !had[i]), 'force-cache')]);
  await self.skipWaiting();  // a page of the previous build already has all its files
}
self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => {
  const old = (names) => names.filter((name) => name.startsWith(kOurs) && name !== kCache);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))));
});
self.addEventListener('fetch', (event) => {
  const {scope} = self.registration, {url} = event.request;
  if (event.request.method !== 'GET' || !url.startsWith(scope) || kReading.some((folder) => url.startsWith(scope + folder))) return;
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
