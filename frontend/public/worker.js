// Lets the page open without a connection. It keeps the page itself, and nothing that was said through it: what the
// exchange answers is never kept, and no order ever waits here to be sent later.
const KEPT = 'ceex-page-1';
const SHELL = '/index.html';
const HASHED = /-[A-Za-z0-9_-]{8}\.(js|css)$/;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(tidy()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin || pathname.startsWith('/api/')) return;
  if (request.mode === 'navigate') event.respondWith(newest(request, SHELL));
  else if (HASHED.test(pathname)) event.respondWith(kept(request));
  else event.respondWith(newest(request, request));
});

async function tidy() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** A name with a hash never changes what it holds. */
async function kept(request) {
  const cache = await caches.open(KEPT);
  return (await cache.match(request)) ?? keep(cache, request, await fetch(request));
}

/** What the server says now; without a connection, what it said last. */
async function newest(request, name) {
  const cache = await caches.open(KEPT);
  try {
    return await keep(cache, name, await fetch(request));
  } catch (error) {
    const last = await cache.match(name);
    if (last) return last;
    throw error;
  }
}

async function keep(cache, name, answer) {
  if (answer.ok && answer.type === 'basic') await cache.put(name, answer.clone());
  return answer;
}
