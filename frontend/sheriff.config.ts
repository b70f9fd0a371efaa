import type { SheriffConfig } from '@softarc/sheriff-core';

/** Who may import whom: a page uses auth, api and ui, and never another page. */
export const config: SheriffConfig = {
  enableBarrelLess: true,
  entryFile: 'src/main.ts',
  modules: {
    'src/app/api': 'api',
    'src/app/ui': 'ui',
    'src/app/auth': 'auth',
    'src/app/shell': 'shell',
    'src/app/<page>': 'page:<page>',
  },
  depRules: {
    root: ['api', 'ui', 'auth', 'shell', 'page:*'],
    shell: ['auth', 'api', 'ui'],
    'page:*': ['auth', 'api', 'ui'],
    auth: ['api', 'ui'],
    ui: ['api'],
    api: [],
  },
};
