// One run of the day, in a thread of its own.
import { parentPort, workerData } from 'node:worker_threads';
import { readCatalogue } from './catalogue.ts';
import { type DayOptions, simulateDay } from './day.ts';

const options: DayOptions = workerData;
parentPort?.postMessage(simulateDay(readCatalogue(), options));
