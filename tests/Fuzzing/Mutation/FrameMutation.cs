using System.Buffers.Binary;
using System.Security.Cryptography;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs.Wire;
using ConcreteMl.Wire;
using Google.Protobuf;

namespace Fuzzing.Mutation;

/// <summary>Damages frames of the wire format; most of them get their lengths and checksum made again, so that readers go on.</summary>
internal static class FrameMutation
{
    private const int Checksum = 32;

    internal static byte[] Of(Random random, byte[] frame)
    {
        if (random.Next(8) == 0)
        {
            return ByteMutation.Of(random, frame);
        }

        int header = BinaryPrimitives.ReadInt32LittleEndian(frame.AsSpan(16));
        byte[] prefix = frame[..WirePrefix.Length];
        byte[] first = frame[WirePrefix.Length..(WirePrefix.Length + header)];
        byte[] rest = frame[(WirePrefix.Length + header)..^Checksum];
        WireKind kind = (WireKind)BinaryPrimitives.ReadUInt16LittleEndian(prefix.AsSpan(12));
        switch (random.Next(8))
        {
            case 0:
                rest = rest.Length > 0 ? ByteMutation.Of(random, rest) : rest;
                break;
            case 1:
                first = ByteMutation.Of(random, first);
                break;
            case 2:
                prefix = ByteMutation.Of(random, prefix);
                return [.. prefix, .. first, .. rest, .. SHA256.HashData((byte[])[.. prefix, .. first, .. rest])];
            case <= 5 when PayloadMessage(kind) is { } parser:
                rest = Damaged(random, parser, rest);
                break;
            default:
                first = Damaged(random, HeaderMessage(kind), first);
                break;
        }

        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(16), first.Length);
        BinaryPrimitives.WriteInt64LittleEndian(prefix.AsSpan(20), rest.Length);
        byte[] whole = [.. prefix, .. first, .. rest];
        return [.. whole, .. SHA256.HashData(whole)];
    }

    private static byte[] Damaged(Random random, MessageParser parser, byte[] bytes)
    {
        IMessage message = parser.ParseFrom(bytes);
        MessageMutation.Damage(random, message);
        return message.ToByteArray();
    }

    private static MessageParser HeaderMessage(WireKind kind) =>
        kind switch
        {
            WireKind.SecretKey => SecretKeyHeader.Parser,
            WireKind.EvaluationKey => EvaluationKeyHeader.Parser,
            WireKind.EncryptedInputs => EncryptedInputsHeader.Parser,
            WireKind.EncryptedOutputs => EncryptedOutputsHeader.Parser,
            _ => HalfHeader.Parser,
        };

    private static MessageParser? PayloadMessage(WireKind kind) =>
        kind switch
        {
            WireKind.ClientHalf => ClientHalfMessage.Parser,
            WireKind.ServerHalf => ProgramMessage.Parser,
            _ => null,
        };
}
