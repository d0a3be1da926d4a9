export { demoGuest, type DemoOptions } from './guest.ts';
