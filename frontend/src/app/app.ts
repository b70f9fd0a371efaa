import { Component } from '@angular/core';
import { Shell } from './shell/shell';

@Component({ selector: 'ceex-app', imports: [Shell], template: '<ceex-shell />' })
export class App {}
