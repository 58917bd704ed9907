export { poll, spell } from '../poll.ts';
