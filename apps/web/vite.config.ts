import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';

export default defineConfig(({ mode }) => {
  const { MERIDIAN_API = 'http://127.0.0.1:8787' } = loadEnv(mode, import.meta.dirname, 'MERIDIAN_');
  return {
    root: import.meta.dirname,
    plugins: [react()],
    server: { proxy: { '/api': { target: MERIDIAN_API, ws: true } } },
    build: {
      target: 'es2022',
      // A strict Content-Security-Policy allows neither inline scripts nor data: URLs.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  };
});
