import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';
import { referenceAssets } from './reference-assets.ts';

export default defineConfig(({ mode, command }) => {
  // A build is for production whoever starts it: a test runner's NODE_ENV would bring React's development code.
  if (command === 'build') process.env.NODE_ENV = 'production';
  const { MERIDIAN_API = 'http://127.0.0.1:8787' } = loadEnv(mode, import.meta.dirname, 'MERIDIAN_');
  return {
    root: import.meta.dirname,
    plugins: [react(), referenceAssets()],
    server: { proxy: { '/api': { target: MERIDIAN_API, ws: true } } },
    build: {
      target: 'es2022',
      // light-dark() as it is: every browser that can join a meeting knows it.
      cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
      // A strict Content-Security-Policy allows neither inline scripts nor data: URLs.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  };
});
