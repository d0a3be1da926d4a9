import { describe, expect, it } from 'vitest';
import { runConfig } from './config.ts';
import { parseOptions } from './parse.ts';
import { RUN_OPTIONS } from './table.ts';
import { parseAccel, parseCpus, parseLogItems, parseProperties, parseRanges, parseSize, parseSwitch } from './values.ts';

const parse = (...args: string[]): ReturnType<typeof parseOptions> => parseOptions(RUN_OPTIONS, args, 'run');

describe('parseOptions', () => {
  it('takes one dash or two, values that begin with a dash, switches, and the last of repeated values', () => {
    const { single, switches } = parse('-kernel', 'a', '--smp', '2', '-append', '-foo', '-S', '-no-reboot', '-kernel', 'b');
    expect([...single]).toEqual([['kernel', 'b'], ['smp', '2'], ['append', '-foo']]);
    expect([...switches]).toEqual(['S', 'no-reboot']);
  });

  it('keeps every -drive and -device, tells -d from -D and -m from -M, and knows -machine', () => {
    const values = parse('-drive', 'file=a', '-device', 'x', '-drive', 'file=b', '-d', 'int', '-D', 'log', '-m', '1', '-machine', 'virt');
    expect(values.repeated.get('drive')).toEqual(['file=a', 'file=b']);
    expect(values.repeated.get('device')).toEqual(['x']);
    expect([...values.single]).toEqual([['d', 'int'], ['D', 'log'], ['m', '1'], ['M', 'virt']]);
  });

  it('refuses what it does not know, with a suggestion when one is near', () => {
    expect(() => parse('-intrd', 'x')).toThrow('did you mean -initrd');
    expect(() => parse('-zzz')).toThrow('run: there is no option -zzz; mttcg run --help lists them');
    expect(() => parse('-')).toThrow('"-" is not an option');
  });
});

describe('values', () => {
  it('splits properties at commas; two commas are one', () => {
    const { head, values } = parseProperties('-drive', 'virtio-blk-device,drive=a,,b=c,readonly', true);
    expect(head).toBe('virtio-blk-device');
    expect([...values]).toEqual([['drive', 'a,b=c'], ['readonly', 'on']]);
    expect(parseProperties('-drive', 'file=x', true).head).toBeUndefined();
    expect(() => parseProperties('-drive', 'file=x,', false)).toThrow('-drive: "file=x," has an empty part');
  });

  it.each([['512', 512 << 20], ['1G', 1 << 30], ['2048K', 2 << 20], ['64m', 64 << 20], ['size=3M', 3 << 20], ['0.5G', 512 << 20], ['64G', 64 * 2 ** 30]])('-m %s', (text, bytes) => {
    expect(parseSize('-m', text)).toBe(bytes);
  });

  it.each(['', '-1', '1X', '0x100', '1 G'])('-m %j is refused', (text) => {
    expect(() => parseSize('-m', text)).toThrow('is not a size');
  });

  it('reads -smp and -accel', () => {
    expect(parseCpus('4')).toBe(4);
    expect(parseCpus('cpus=2')).toBe(2);
    expect(() => parseCpus('two')).toThrow('-smp: "two" is not a number of CPUs');
    expect(() => parseCpus('2,sockets=2')).toThrow('-smp');
    expect(parseAccel('tcg')).toBe('multi');
    expect(parseAccel('tcg,thread=single')).toBe('single');
    expect(() => parseAccel('tcg,tb-size=1')).toThrow('-accel: there is no property "tb-size"');
    expect(parseSwitch('x', undefined, true)).toBe(true);
    expect(parseSwitch('x', 'off', true)).toBe(false);
    expect(() => parseSwitch('-drive readonly', 'maybe', true)).toThrow('-drive readonly: "maybe" is neither on nor off');
  });

  it('reads -d and -dfilter', () => {
    expect(parseLogItems('in_asm,int')).toEqual(['in_asm', 'int']);
    expect(parseLogItems('')).toEqual([]);
    expect(parseRanges('0x1000+0x100,0x2000..0x20ff,100-1')).toEqual([
      { first: 0x1000n, last: 0x10ffn }, { first: 0x2000n, last: 0x20ffn }, { first: 100n, last: 100n },
    ]);
    expect(parseRanges('0xffffffffffffff00..0xffffffffffffffff')).toEqual([{ first: 0xffff_ffff_ffff_ff00n, last: 0xffff_ffff_ffff_ffffn }]);
    expect(() => parseRanges('0xffffffffffffff00+0x101')).toThrow('-dfilter');
    expect(() => parseRanges('5..4')).toThrow('is empty');
    expect(() => parseRanges('5+0')).toThrow('is empty');
  });
});

describe('runConfig', () => {
  it("has QEMU's defaults", () => {
    expect(runConfig(parse('-kernel', 'k'))).toEqual({
      cpuModel: undefined, cpus: 1, ramBytes: 128 << 20, thread: 'multi', dumpDtb: undefined, image: undefined, imageDir: undefined,
      kernel: 'k', initrd: undefined, append: undefined, dtb: undefined, devices: { drives: [], rng: false, console: false, chardev: undefined },
      ports: { serial: { kind: 'stdio', keys: 'terminal' }, console: { kind: 'none' } }, paused: false, noReboot: false, log: { items: [], ranges: [], file: undefined },
    });
  });

  it('understands boards, the serial port and devices', () => {
    const config = runConfig(parse('-M', 'virt,dumpdtb=x.dtb,gic-version=2', '-serial', 'file:out', '-device', 'virtio-rng-device',
      '-device', 'virtio-serial-device', '-device', 'virtconsole', '-S', '-no-reboot', '-nographic', '-display', 'none'));
    expect(config).toMatchObject({ dumpDtb: 'x.dtb', ports: { serial: { kind: 'file', path: 'out' } }, devices: { rng: true, console: true }, paused: true, noReboot: true });
    expect(runConfig(parse('-kernel', 'k', '-serial', 'stdio')).ports.serial).toEqual({ kind: 'stdio', keys: 'never' });
    expect(runConfig(parse('-kernel', 'k', '-serial', 'mon:stdio')).ports.serial).toEqual({ kind: 'stdio', keys: 'always' });
    expect(() => runConfig(parse('-kernel', 'k', '-M', 'virt,gic-version=3'))).toThrow('-M: gic-version is 2 on this board, not "3"');
    expect(() => runConfig(parse('-kernel', 'k', '-device', 'virtconsole'))).toThrow('virtio-serial-device has to come before it');
  });

  it('connects the virtio console by -chardev', () => {
    const ports = (...args: string[]): unknown => runConfig(parse('-kernel', 'k', '-device', 'virtio-serial-device', ...args)).ports;
    expect(ports('-chardev', 'stdio,id=c,mux=on', '-device', 'virtconsole,chardev=c')).toEqual({ serial: { kind: 'none' }, console: { kind: 'stdio', keys: 'always' } });
    expect(ports('-chardev', 'file,id=c,path=out', '-device', 'virtconsole,chardev=c')).toEqual({ serial: { kind: 'stdio', keys: 'terminal' }, console: { kind: 'file', path: 'out' } });
    expect(ports('-chardev', 'null,id=c', '-serial', 'chardev:c')).toEqual({ serial: { kind: 'none' }, console: { kind: 'none' } });
    expect(() => ports('-chardev', 'stdio,id=c', '-device', 'virtconsole,chardev=c', '-serial', 'stdio')).toThrow('already serve the virtconsole');
    expect(() => ports('-device', 'virtconsole,chardev=c')).toThrow('-device virtconsole: there is no -chardev with the id "c"');
    expect(() => ports('-chardev', 'pty,id=c')).toThrow('-chardev: there is no "pty"; there are stdio, file and null');
  });
});
